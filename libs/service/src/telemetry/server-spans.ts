/** One SERVER span per request, by OpenTelemetry's semantic conventions for HTTP. */
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
import type { IncomingMessage } from 'node:http'

export interface ServerSpans {
  /** Begins the span of a request that has just arrived; its ids are for the request's log lines. */
  begin: (request: IncomingMessage) => Record<string, string>
  /** Its route is known now: the span is named, and ends with the answer. */
  route: (request: FastifyRequest, reply: FastifyReply) => void
  /** The context of a request: its SERVER span, or without one the context of its headers. */
  contextOf: (request: FastifyRequest) => Context
}

export function createServerSpans(tracer: Tracer, propagator: TextMapPropagator): ServerSpans {
  const extract = (request: IncomingMessage) => propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)

  return {
    begin(request: Traced) {
      const parent = extract(request)
      const span = tracer.startSpan(request.method ?? '', { kind: SpanKind.SERVER }, parent)
      request[context] = trace.setSpan(parent, span)
      const { traceId, spanId } = span.spanContext()
      return { trace_id: traceId, span_id: spanId }
    },
    route(request, reply) {
      const { url, config } = request.routeOptions
      const raw: Traced = request.raw
      const span = raw[context] && trace.getSpan(raw[context])
      // A span that never ends is never reported.
      if (config.quiet) raw[context] = undefined
      // Closes once, with a whole answer and without.
      else if (span?.isRecording()) reply.raw.on('close', () => end(span, url, request, reply))
    },
    contextOf: ({ raw }) => (raw as Traced)[context] ?? extract(raw),
  }
}

/** Kept on the request itself: a WeakMap with thousands of requests per second is expensive for the garbage collector. */
const context = Symbol('context')
type Traced = IncomingMessage & { [context]?: Context | undefined }

/** Attributes come all at once and last: OpenTelemetry copies those given at the start twice. */
function end(span: Span, route: string | undefined, { method, url, protocol }: FastifyRequest, { raw }: FastifyReply) {
  const [path = '', query] = url.split('?', 2)
  if (route) span.updateName(`${method} ${route}`)
  const error = !raw.writableFinished ? 'caller gone' : raw.statusCode >= 500 ? String(raw.statusCode) : undefined
  span.setAttributes({
    'http.request.method': method,
    'url.scheme': protocol,
    'url.path': path,
    ...(query && { 'url.query': query }),
    ...(route && { 'http.route': route }),
    ...(raw.headersSent && { 'http.response.status_code': raw.statusCode }),
    ...(error && { 'error.type': error }),
  })
  if (error) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
