/** Addresses of Zipkin's own pages, as people type them and tools print them: they lead to where traces can be seen. */
import type { FastifyInstance } from 'fastify'
import { normalTraceId } from './read-spans.ts'

/** Where traces are seen, by the address of all of them and of one; undefined as long as there is no such place. */
export type TracePages = () => { all: string; one: (traceId: string) => string } | undefined

export const consoleTraces = (console: string) => ({ all: `${console}/#traces`, one: (traceId: string) => `${console}/#traces/${traceId}` })

/** Pages of a Zipkin at `url`: below `/zipkin`, unless the address says where. */
export function zipkinPages(url: string) {
  const base = new URL(url).pathname === '/' ? `${new URL(url).origin}/zipkin` : url.replace(/\/+$/, '')
  return { all: `${base}/`, one: (traceId: string) => `${base}/traces/${traceId}` }
}

/** Serves the redirects; `absent` is the answer where there is nothing to lead to. */
export function leadToTraces(app: FastifyInstance, pages: TracePages, absent: string) {
  const hidden = { schema: { hide: true } }
  for (const url of ['/zipkin', '/zipkin/', '/zipkin/dependency'])
    app.get(url, hidden, async (_request, reply) => {
      const found = pages()
      return found ? reply.redirect(found.all) : reply.code(404).send({ error: absent })
    })
  app.get('/zipkin/traces/:traceId', hidden, async (request, reply) => {
    const { traceId } = request.params as { traceId: string }
    const id = normalTraceId(traceId)
    if (id === undefined) return reply.code(400).send({ error: `${traceId} is not a trace id: expected 1 to 32 hexadecimal digits` })
    const found = pages()
    return found ? reply.redirect(found.one(id)) : reply.code(404).send({ error: absent })
  })
}
