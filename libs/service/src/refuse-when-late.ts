/** Refuses requests while the event loop is late, before there are more of them than can ever be answered. */
import { ServiceError } from '@bookinfo/contracts/errors'
import type { FastifyInstance } from 'fastify'

/** All routes of `app` that are registered after this answer 503 while a timer of the process fires more than `limitMs` milliseconds late. */
export function refuseWhenLate(app: FastifyInstance, limitMs: number): void {
  const interval = limitMs / 4
  let due = performance.now() + interval
  let late = 0
  const timer = setInterval(() => {
    late = performance.now() - due
    due = performance.now() + interval
  }, interval)
  timer.unref()
  app.addHook('onClose', async () => clearInterval(timer))
  app.addHook('onRequest', (_request, reply, done) => {
    if (late <= limitMs) return done()
    reply.header('retry-after', '5')
    return done(new ServiceError('OVERLOADED'))
  })
}
