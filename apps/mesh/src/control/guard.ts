/** Only this machine's own pages and tools may control the mesh: no other site's page in the user's browser, no rebound name. */
import type { FastifyInstance } from 'fastify'

/** Refuses requests whose Host, or Origin when there is one, is not this server under a loopback name. */
export function guardLoopback(app: FastifyInstance, port: () => number) {
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin, 'sec-fetch-site': site } = request.headers
    if (!isLoopback(host, port())) return reply.code(403).send({ error: `host ${host} is not this mesh` })
    const foreign = origin !== undefined && !(origin.startsWith('http://') && isLoopback(origin.slice(7), port()))
    if (foreign || site === 'cross-site') return reply.code(403).send({ error: `origin ${origin ?? site} may not control this mesh` })
    return undefined
  })
}

function isLoopback(host: string | undefined, port: number): boolean {
  const match = /^(localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?$/.exec(host ?? '')
  return match !== null && Number(match[2] ?? 80) === port
}
