/**
 * Sends spans to Zipkin's API v2. The stock exporter never names the remote endpoint, so that Zipkin's dependency graph misses calls
 * nobody answered; it widens 64-bit trace ids, knows no timeout, and repeats the whole resource on each span.
 */
import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api'
import { ExportResultCode, type ExportResult } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { Agent, request } from 'undici'

const kinds: Partial<Record<SpanKind, string>> = {
  [SpanKind.CLIENT]: 'CLIENT',
  [SpanKind.SERVER]: 'SERVER',
  [SpanKind.PRODUCER]: 'PRODUCER',
  [SpanKind.CONSUMER]: 'CONSUMER',
}

export class ZipkinExporter implements SpanExporter {
  readonly #endpoint: string
  readonly #timeoutMs: number
  readonly #agent = new Agent({ connections: 1 })
  readonly #sending = new Set<Promise<void>>()

  /** `timeoutMs` is the limit of one batch. */
  constructor(endpoint: string, timeoutMs: number) {
    this.#endpoint = endpoint
    this.#timeoutMs = timeoutMs
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const sending: Promise<void> = this.#deliver(spans, done).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #deliver(spans: ReadableSpan[], done: (result: ExportResult) => void): Promise<void> {
    try {
      await this.#send(spans)
      done({ code: ExportResultCode.SUCCESS })
    } catch (error) {
      done({ code: ExportResultCode.FAILED, error: error as Error })
    }
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    const answer = await request(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spans.map(toZipkin)),
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(this.#timeoutMs),
    })
    await answer.body.dump()
    if (answer.statusCode >= 300)
      throw Object.assign(new Error(`the collector answers ${answer.statusCode}`), { code: String(answer.statusCode) })
  }

  /** Waits for what is being sent. */
  async forceFlush(): Promise<void> {
    await Promise.all(this.#sending)
  }

  async shutdown(): Promise<void> {
    await this.forceFlush()
    await this.#agent.destroy()
  }
}

/** One span in Zipkin's form; times are microseconds. */
export function toZipkin(span: ReadableSpan) {
  const { traceId, spanId } = span.spanContext()
  const { attributes, resource, status, parentSpanContext } = span
  const tags: Record<string, string> = {}
  for (const [name, value] of Object.entries(resource.attributes)) if (name !== 'service.name') tags[name] = String(value)
  for (const [name, value] of Object.entries(attributes)) tags[name] = String(value)
  // Zipkin colours a span that has an error tag, whatever it says.
  if (status.code === SpanStatusCode.ERROR) tags['error'] = status.message ?? tags['error.type'] ?? 'true'
  return {
    traceId: traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId,
    parentId: parentSpanContext?.spanId,
    id: spanId,
    kind: kinds[span.kind],
    name: span.name,
    timestamp: microseconds(span.startTime),
    duration: Math.max(1, microseconds(span.duration)),
    localEndpoint: { serviceName: String(resource.attributes['service.name']) },
    remoteEndpoint: remoteEndpoint(span),
    tags,
  }
}

function remoteEndpoint({ attributes }: ReadableSpan) {
  const serviceName = attributes['peer.service']
  return serviceName === undefined ? undefined : { serviceName, port: attributes['server.port'] }
}

const microseconds = ([seconds, nanoseconds]: HrTime) => seconds * 1_000_000 + Math.round(nanoseconds / 1000)
