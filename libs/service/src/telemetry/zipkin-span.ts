/**
 * A span in the form of Zipkin's API v2. The stock exporter makes the same but for four things: it never names the remote endpoint, so that
 * Zipkin's dependency graph misses calls without an answer; it widens 64-bit trace ids; it writes durations of 0, which Zipkin takes as none;
 * and it marks a failed span only where the failure has a message.
 */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { hrTimeToMicroseconds } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** Times are microseconds. */
export interface ZipkinSpan {
  traceId: string
  parentId: string | undefined
  id: string
  kind: string | undefined
  name: string
  timestamp: number
  duration: number
  localEndpoint: { serviceName: string }
  remoteEndpoint: { serviceName: string; port: number } | undefined
  tags: Record<string, string>
  annotations: { timestamp: number; value: string }[] | undefined
}

export function zipkinSpan(span: ReadableSpan): ZipkinSpan {
  const { traceId, spanId } = span.spanContext()
  const tags = tagsOf(span)
  const { 'peer.service': peer, 'server.port': port } = tags
  return {
    traceId: traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId,
    parentId: span.parentSpanContext?.spanId,
    id: spanId,
    kind: span.kind === SpanKind.INTERNAL ? undefined : SpanKind[span.kind],
    name: span.name,
    timestamp: hrTimeToMicroseconds(span.startTime),
    duration: Math.max(1, Math.round(hrTimeToMicroseconds(span.duration))),
    localEndpoint: { serviceName: String(span.resource.attributes['service.name']) },
    remoteEndpoint: peer === undefined ? undefined : { serviceName: peer, port: Number(port) },
    tags,
    annotations:
      span.events.length === 0
        ? undefined
        : span.events.map(({ time, name }) => ({ timestamp: Math.round(hrTimeToMicroseconds(time)), value: name })),
  }
}

/** Zipkin's tags are text. What the resource says comes last: it is the same in every span of a process. */
function tagsOf(span: ReadableSpan): Record<string, string> {
  const { attributes, resource, status } = span
  const tags: Record<string, string> = {}
  for (const name in attributes) tags[name] = String(attributes[name])
  if (status.code !== SpanStatusCode.UNSET) tags['otel.status_code'] = SpanStatusCode[status.code]
  if (span.droppedAttributesCount > 0) tags['otel.dropped_attributes_count'] = String(span.droppedAttributesCount)
  if (span.droppedEventsCount > 0) tags['otel.dropped_events_count'] = String(span.droppedEventsCount)
  if (span.droppedLinksCount > 0) tags['otel.dropped_links_count'] = String(span.droppedLinksCount)
  // It is the local endpoint's name already.
  for (const name in resource.attributes) if (name !== 'service.name') tags[name] = String(resource.attributes[name])
  // Zipkin colours a span that has an error tag, whatever it says.
  if (status.code === SpanStatusCode.ERROR) tags['error'] = status.message || tags['error'] || tags['error.type'] || 'true'
  return tags
}
