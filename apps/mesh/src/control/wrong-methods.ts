/** A wrong method on a path that there is: the answer names the right ones. */
import { AllowedMethods } from '@bookinfo/contracts/allowed-methods'
import type { FastifyInstance } from 'fastify'

/** Answers OPTIONS, and 405 to other methods that a path of `app` does not have. Registered before the routes. */
export function answerWrongMethods(app: FastifyInstance) {
  const allowed = new AllowedMethods()
  app.addHook('onRoute', ({ url, method }) => allowed.add(url, method))
  app.addHook('onRequest', async (request, reply) => {
    const allow = request.is404 ? allowed.of(request.url) : undefined
    if (allow === undefined) return undefined
    reply.header('allow', allow)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    return reply.code(405).send({ error: `there is no ${request.method} ${request.url}, only ${allow}` })
  })
}
