/** A SERVER span a request, by OpenTelemetry's semantic conventions for HTTP. */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  defaultTextMapGetter,
  trace,
  type Context,
  type Span,
  type TextMapPropagator,
  type Tracer,
} from '@opentelemetry/api'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface ServerSpans {
  /** Begins the span of `request`, which ends with its answer. */
  start: (request: FastifyRequest, reply: FastifyReply) => void
  /** The context of a request: its SERVER span, or what its headers say where it has none. */
  contextOf: (request: FastifyRequest) => Context
}

export function createServerSpans(tracer: Tracer, propagator: TextMapPropagator): ServerSpans {
  const contexts = new WeakMap<FastifyRequest, Context>()
  const extract = (request: FastifyRequest) => propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)

  function start(request: FastifyRequest, reply: FastifyReply) {
    const parent = extract(request)
    const { method } = request
    const route = request.routeOptions.url
    const [path = '', query] = request.url.split('?', 2)
    const attributes = {
      'http.request.method': method,
      'url.scheme': request.protocol,
      'url.path': path,
      ...(query && { 'url.query': query }),
      ...(route && { 'http.route': route }),
    }
    const span = tracer.startSpan(route ? `${method} ${route}` : method, { kind: SpanKind.SERVER, attributes }, parent)
    contexts.set(request, trace.setSpan(parent, span))
    const { traceId, spanId } = span.spanContext()
    request.log = reply.log = request.log.child({ trace_id: traceId, span_id: spanId })
    // Comes once, with a whole answer and without.
    reply.raw.once('close', () => end(span, reply))
  }

  return { start, contextOf: (request) => contexts.get(request) ?? extract(request) }
}

function end(span: Span, { raw }: FastifyReply) {
  const { statusCode } = raw
  if (raw.headersSent) span.setAttribute('http.response.status_code', statusCode)
  const error = !raw.writableFinished ? 'caller gone' : statusCode >= 500 ? String(statusCode) : undefined
  if (error) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
