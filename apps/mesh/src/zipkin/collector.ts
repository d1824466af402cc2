/** Zipkin's v2 API over the store, as a plugin: on ZIPKIN_PORT for reporters and tools, and on the console's port for its own pages. */
import type { FastifyPluginAsync } from 'fastify'
import { gunzipSync } from 'node:zlib'
import { dependencies } from './dependencies.ts'
import { normalTraceId, readSpans } from './read-spans.ts'
import type { SpanStore, TraceQuery } from './span-store.ts'

/** Bytes of a POST on the wire, and unpacked. */
const largestBody = 5 * 1024 * 1024
const largestUnpacked = 32 * 1024 * 1024

const number = { type: 'integer', minimum: 0 } as const
const text = { type: 'string', maxLength: 1024 } as const
const query = (properties: Record<string, object>, required: string[] = []) => ({
  querystring: { type: 'object', properties, required } as const,
})

export const collector =
  (store: SpanStore): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBody }, (_request, body, done) => done(null, body))

    app.post('/api/v2/spans', { schema: { summary: 'Report spans (JSON list, gzip too)', body: {} } }, async (request, reply) => {
      try {
        const packed = request.body as Buffer
        const gzip = request.headers['content-encoding'] === 'gzip' || (packed[0] === 0x1f && packed[1] === 0x8b)
        const json = gzip ? gunzipSync(packed, { maxOutputLength: largestUnpacked }) : packed
        const spans = readSpans(JSON.parse(json.toString('utf8')))
        const each = Math.ceil(json.length / Math.max(1, spans.length))
        for (const span of spans) store.report(span, each)
        return await reply.code(202).send()
      } catch (error) {
        return reply.code(400).send({ error: `cannot read spans: ${(error as Error).message}` })
      }
    })

    const traces = query({
      serviceName: text,
      remoteServiceName: text,
      spanName: text,
      annotationQuery: text,
      minDuration: number,
      maxDuration: number,
      endTs: number,
      lookback: number,
      limit: { type: 'integer', minimum: 1, maximum: 1000, default: 10 },
    })
    app.get('/api/v2/traces', { schema: { summary: 'Traces that match, newest first', ...traces } }, async (request) =>
      store.find(request.query as TraceQuery),
    )
    app.get('/api/v2/trace/:traceId', { schema: { summary: 'The spans of one trace' } }, async (request, reply) => {
      const { traceId } = request.params as { traceId: string }
      const id = normalTraceId(traceId)
      if (id === undefined) return reply.code(400).send({ error: `${traceId} is not a trace id` })
      return store.trace(id) ?? reply.code(404).send({ error: `trace ${id} is not here` })
    })
    app.get('/api/v2/traceMany', { schema: { summary: 'Several traces', ...query({ traceIds: text }, ['traceIds']) } }, async (request) => {
      const ids = (request.query as { traceIds: string }).traceIds.split(',').map(normalTraceId)
      return ids.flatMap((id) => (id && store.trace(id) ? [store.trace(id)!] : []))
    })
    const ofService = query({ serviceName: text }, ['serviceName'])
    app.get('/api/v2/services', { schema: { summary: 'Names of services' } }, async () => store.services())
    app.get('/api/v2/spans', { schema: { summary: 'Span names of a service', ...ofService } }, async (request) =>
      store.spanNames((request.query as { serviceName: string }).serviceName),
    )
    app.get('/api/v2/remoteServices', { schema: { summary: 'Services that a service calls', ...ofService } }, async (request) =>
      store.remoteServices((request.query as { serviceName: string }).serviceName),
    )
    const time = query({ endTs: number, lookback: number }, ['endTs'])
    app.get('/api/v2/dependencies', { schema: { summary: 'Who calls whom', ...time } }, async (request) => {
      const { endTs, lookback = 86_400_000 } = request.query as { endTs: number; lookback?: number }
      return dependencies(store.between(endTs, lookback))
    })
    app.get('/api/v2/autocompleteKeys', { schema: { hide: true } }, async () => [])
    app.get('/api/v2/autocompleteValues', { schema: { hide: true } }, async () => [])
    app.get('/health', { schema: { hide: true } }, async () => ({ status: 'UP', zipkin: { status: 'UP', details: store.size } }))
  }
