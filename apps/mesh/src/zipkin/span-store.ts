/** The last traces, in bounded memory: the oldest ones go first. */
import type { SpanReporter, ZipkinSpan } from '../tracing/span.ts'

export interface Limits {
  /** Spans in all, and in one trace. */
  spans: number
  spansPerTrace: number
  /** Bytes in all, as JSON. */
  bytes: number
}

const defaults: Limits = { spans: 20_000, spansPerTrace: 2_000, bytes: 48 * 1024 * 1024 }

interface Trace {
  spans: ZipkinSpan[]
  bytes: number
}

export interface TraceQuery {
  serviceName?: string | undefined
  remoteServiceName?: string | undefined
  spanName?: string | undefined
  /** Zipkin's: `error and http.method=GET`. */
  annotationQuery?: string | undefined
  /** µs */
  minDuration?: number | undefined
  maxDuration?: number | undefined
  /** ms since 1970, and ms before it. */
  endTs?: number | undefined
  lookback?: number | undefined
  limit?: number | undefined
}

export class SpanStore implements SpanReporter {
  readonly #traces = new Map<string, Trace>()
  readonly #limits: Limits
  #spans = 0
  #bytes = 0
  /** Spans that were not kept: of a trace with too many of them. */
  dropped = 0

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...defaults, ...limits }
  }

  get size() {
    return { traces: this.#traces.size, spans: this.#spans, bytes: this.#bytes }
  }

  /** Keeps a span of `bytes` (about) as JSON. */
  report(span: ZipkinSpan, bytes = 700) {
    let trace = this.#traces.get(span.traceId)
    if (!trace) {
      trace = { spans: [], bytes: 0 }
      this.#traces.set(span.traceId, trace)
    }
    if (trace.spans.length >= this.#limits.spansPerTrace) {
      this.dropped++
      return
    }
    trace.spans.push(span)
    trace.bytes += bytes
    this.#spans++
    this.#bytes += bytes
    while (this.#spans > this.#limits.spans || this.#bytes > this.#limits.bytes) this.#dropOldest()
  }

  async close() {}

  trace(traceId: string): readonly ZipkinSpan[] | undefined {
    return this.#traces.get(traceId)?.spans
  }

  /** Traces that match, newest first. */
  find(query: TraceQuery): (readonly ZipkinSpan[])[] {
    const { limit = 10, endTs = Date.now() + 60_000, lookback = 86_400_000 } = query
    const found: (readonly ZipkinSpan[])[] = []
    for (const { spans } of Array.from(this.#traces.values()).toReversed()) {
      if (found.length >= limit) break
      const start = startOf(spans)
      if (start / 1000 <= endTs && start / 1000 >= endTs - lookback && matches(spans, query)) found.push(spans)
    }
    return found.toSorted((a, b) => startOf(b) - startOf(a))
  }

  /** All traces that began in the time asked for. */
  between(endTs: number, lookback: number): (readonly ZipkinSpan[])[] {
    return this.find({ endTs, lookback, limit: Infinity })
  }

  services(): string[] {
    return this.#names((span) => span.localEndpoint?.serviceName)
  }

  remoteServices(service: string): string[] {
    return this.#names((span) => (span.localEndpoint?.serviceName === service ? span.remoteEndpoint?.serviceName : undefined))
  }

  spanNames(service: string): string[] {
    return this.#names((span) => (span.localEndpoint?.serviceName === service ? span.name : undefined))
  }

  #names(of: (span: ZipkinSpan) => string | undefined): string[] {
    const names = new Set<string>()
    for (const { spans } of this.#traces.values())
      for (const span of spans) {
        const name = of(span)
        if (name) names.add(name)
      }
    return [...names].toSorted()
  }

  #dropOldest() {
    const [oldest] = this.#traces
    if (!oldest) return
    const [traceId, { spans, bytes }] = oldest
    this.#traces.delete(traceId)
    this.#spans -= spans.length
    this.#bytes -= bytes
  }
}

/** µs; 0 for a trace without times. */
function startOf(spans: readonly ZipkinSpan[]): number {
  let first = Infinity
  for (const { timestamp } of spans) if (timestamp !== undefined && timestamp < first) first = timestamp
  return first === Infinity ? 0 : first
}

function matches(spans: readonly ZipkinSpan[], query: TraceQuery): boolean {
  const { serviceName, remoteServiceName, spanName, minDuration = 0, maxDuration = Infinity, annotationQuery } = query
  const words = annotationQuery ? annotationQuery.split(' and ').map((word) => word.trim()) : []
  const missing = new Set(words)
  let named = false
  for (const span of spans) {
    if (serviceName && span.localEndpoint?.serviceName !== serviceName) continue
    for (const word of missing) if (says(span, word)) missing.delete(word)
    if (remoteServiceName && span.remoteEndpoint?.serviceName !== remoteServiceName) continue
    if (spanName && span.name !== spanName) continue
    const { duration = 0 } = span
    if (duration >= minDuration && duration <= maxDuration) named = true
  }
  return named && missing.size === 0
}

function says({ tags = {}, annotations = [] }: ZipkinSpan, word: string): boolean {
  const equals = word.indexOf('=')
  if (equals > 0) return tags[word.slice(0, equals)] === word.slice(equals + 1)
  return Object.hasOwn(tags, word) || annotations.some(({ value }) => value === word)
}
