/** One CLIENT span per call, by OpenTelemetry's semantic conventions for HTTP. */
import { SpanKind, SpanStatusCode, defaultTextMapSetter, trace, type TextMapPropagator, type Tracer } from '@opentelemetry/api'
import type { CallTracer } from '../outbound.ts'
import type { ServerSpans } from './server-spans.ts'

export function createClientSpans(tracer: Tracer, propagator: TextMapPropagator, contextOf: ServerSpans['contextOf']): CallTracer {
  const servers = new Map<string, { address: string; port: number }>()

  /** Address and port in `url`. There are as many as a configuration names. */
  function serverOf(url: string) {
    const origin = url.slice(0, url.indexOf('/', url.indexOf('://') + 3))
    let server = servers.get(origin)
    if (!server) {
      const { hostname, port, protocol } = new URL(url)
      servers.set(origin, (server = { address: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }))
    }
    return server
  }

  return {
    start(request, url, peer, headers) {
      const { address, port } = serverOf(url)
      const parent = contextOf(request)
      const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, parent)
      span.setAttributes({
        'http.request.method': 'GET',
        'url.full': url,
        'server.address': address,
        'server.port': port,
        'peer.service': peer ?? address,
      })
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
