/** Zipkin's form of a span as text, written at once: the services' own spans are plain and alike, and there are seven a page. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { hrTimeToMicroseconds } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

type Resource = ReadableSpan['resource']

/** A writer for the spans of one process. It returns `undefined` for spans that it does not support: one with events, for instance. */
export function zipkinWriter(): (span: ReadableSpan) => string | undefined {
  let known: Resource | undefined
  let fixed: { localEndpoint: string; tags: string } | undefined
  return (span) => {
    if (span.resource !== known) {
      known = span.resource
      fixed = fixedPart(known)
    }
    return fixed && write(span, fixed)
  }
}

/** What is the same in every span. */
function fixedPart({ attributes }: Resource) {
  const { 'service.name': service, ...others } = attributes
  if (typeof service !== 'string' || !Object.values(others).every((value) => typeof value === 'string')) return undefined
  const tags = Object.entries(others).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return { localEndpoint: `{"serviceName":${JSON.stringify(service)}}`, tags: tags.join('') }
}

function write(span: ReadableSpan, { localEndpoint, tags: fixedTags }: { localEndpoint: string; tags: string }): string | undefined {
  const { attributes, resource, status, kind } = span
  const failed = status.code === SpanStatusCode.ERROR
  if (span.events.length > 0 || status.code === SpanStatusCode.OK || status.message || span.droppedAttributesCount > 0) return undefined
  if (kind !== SpanKind.SERVER && kind !== SpanKind.CLIENT) return undefined
  let tags = ''
  for (const name in attributes) {
    const value = attributes[name]
    // Zipkin's tags are text.
    if (typeof value === 'string') tags += `,"${name}":${JSON.stringify(value)}`
    else if (typeof value === 'number') tags += `,"${name}":"${value}"`
    else return undefined
    if (!plainName.has(name) || Object.hasOwn(resource.attributes, name)) return undefined
  }
  if (failed) {
    const { error, 'error.type': type = 'true' } = attributes
    if (error !== undefined) return undefined
    tags += `,"otel.status_code":"ERROR","error":${JSON.stringify(String(type))}`
  }
  const { traceId, spanId } = span.spanContext()
  const parent = span.parentSpanContext ? `"parentId":"${span.parentSpanContext.spanId}",` : ''
  const { 'peer.service': peer, 'server.port': port } = attributes
  const remote = peer === undefined ? '' : `,"remoteEndpoint":{"serviceName":${JSON.stringify(peer)},"port":${Number(port)}}`
  const duration = Math.max(1, Math.round(hrTimeToMicroseconds(span.duration)))
  return (
    `{"traceId":"${traceId.startsWith('0000000000000000') ? traceId.slice(16) : traceId}",${parent}"id":"${spanId}",` +
    `"kind":"${kind === SpanKind.SERVER ? 'SERVER' : 'CLIENT'}","name":${JSON.stringify(span.name)},` +
    `"timestamp":${hrTimeToMicroseconds(span.startTime)},"duration":${duration},"localEndpoint":${localEndpoint}${remote},` +
    `"tags":{${(tags + fixedTags).slice(1)}}}`
  )
}

/** Attributes that this library sets, which need no escaping. */
const plainName = new Set([
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'url.scheme',
  'url.path',
  'url.query',
  'url.full',
  'server.address',
  'server.port',
  'peer.service',
  'error.type',
])
