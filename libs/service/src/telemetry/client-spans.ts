/** A CLIENT span a call, by OpenTelemetry's semantic conventions for HTTP. */
import { SpanKind, SpanStatusCode, defaultTextMapSetter, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api'
import type { CallTracer } from '../outbound.ts'
import type { ServerSpans } from './server-spans.ts'

export function createClientSpans(tracer: Tracer, propagator: TextMapPropagator, contextOf: ServerSpans['contextOf']): CallTracer {
  return {
    start(request, url, peer, headers) {
      const { hostname, port, protocol } = new URL(url)
      const attributes = {
        'http.request.method': 'GET',
        'url.full': url,
        'server.address': hostname,
        'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
        'peer.service': peer ?? hostname,
      }
      const parent = contextOf(request)
      const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, parent).setAttributes(attributes)
      propagator.inject(trace.setSpan(parent, span), headers, defaultTextMapSetter)
      return {
        answered(status) {
          span.setAttribute('http.response.status_code', status)
          if (status >= 400) span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
        failed(reason) {
          span.setAttribute('error.type', reason).setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        },
      }
    },
  }
}
