/**
 * Zipkin's API v2. The stock exporter never names the remote endpoint, so that Zipkin's dependency graph misses calls
 * nobody answered; it widens 64-bit trace ids and knows no timeout.
 */
import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { Agent, request } from 'undici'
import type { Sender } from './pipeline.ts'

/** Sends to `endpoint`, the whole URL of `POST /api/v2/spans`; `timeoutMs` is the limit of one batch. */
export function zipkinSender(endpoint: string, timeoutMs: number): Sender<string> {
  const agent = new Agent({ connections: 1 })
  return {
    encode: (span) => JSON.stringify(toZipkin(span)),
    async send(spans, signal) {
      const { statusCode, body } = await request(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `[${spans.join(',')}]`,
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      await body.dump()
      if (statusCode >= 300) throw Object.assign(new Error(`the collector answers ${statusCode}`), { code: String(statusCode) })
    },
    close: () => agent.destroy(),
  }
}

const kinds: Partial<Record<SpanKind, string>> = {
  [SpanKind.CLIENT]: 'CLIENT',
  [SpanKind.SERVER]: 'SERVER',
  [SpanKind.PRODUCER]: 'PRODUCER',
  [SpanKind.CONSUMER]: 'CONSUMER',
}

/** One span in Zipkin's form; times are microseconds. */
export function toZipkin(span: ReadableSpan) {
  const { traceId, spanId } = span.spanContext()
  const { attributes, resource, status, parentSpanContext } = span
  const tags: Record<string, string> = {}
  for (const name in resource.attributes) if (name !== 'service.name') tags[name] = String(resource.attributes[name])
  for (const name in attributes) tags[name] = String(attributes[name])
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
