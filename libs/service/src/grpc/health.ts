/** grpc.health.v1: the answers of `/readyz` and `/health`, for clients that ask by gRPC. */
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import type { FastifyInstance } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceOf } from './descriptors.ts'

const serving = 1
const notServing = 2
const unknownService = 3

/** Milliseconds between two looks for a client that watches. */
const interval = 500

/** Serves the health of `services`, and of the server as a whole by the name of nothing. */
export function serveHealth(router: ConnectRouter, app: FastifyInstance, services: readonly string[]): void {
  const names = ['', ...services]

  async function status() {
    const [ready, health] = await Promise.all([app.inject('/readyz'), app.inject('/health')])
    return ready.statusCode === 200 && health.statusCode < 500 ? serving : notServing
  }

  router.service(serviceOf('grpc.health.v1.Health'), {
    async check({ service }: { service: string }) {
      if (!names.includes(service)) throw new ConnectError(`no service ${service}`, Code.NotFound)
      return { status: await status() }
    },
    async list() {
      const now = await status()
      return { statuses: Object.fromEntries(names.map((name) => [name, { status: now }])) }
    },
    async *watch({ service }: { service: string }, { signal }: HandlerContext) {
      let last: number | undefined
      while (!signal.aborted) {
        const now = names.includes(service) ? await status() : unknownService
        if (now !== last) yield { status: now }
        last = now
        await sleep(interval, undefined, { signal }).catch(() => {})
      }
    },
  } as never)
}
