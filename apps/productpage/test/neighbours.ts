/** A product page whose neighbours are small real servers, each on a free port. */
import { readConfig } from '@bookinfo/contracts/environment'
import { createService } from '@bookinfo/service/create-service'
import { createOutbound, type Outbound } from '@bookinfo/service/outbound'
import { patience } from '@bookinfo/tools/eventually'
import type { FastifyInstance } from 'fastify'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { productpage } from '../src/app.ts'
import { Config } from '../src/config.ts'

export const details = {
  id: 0,
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
}

/** What reviews answers; `rating` is the part that its versions differ in. */
export const reviewsWith = (rating?: object) => ({
  id: '0',
  podname: 'reviews-v2-abc',
  clustername: 'null',
  reviews: ['Reviewer1', 'Reviewer2'].map((reviewer) => ({ reviewer, text: `by ${reviewer}`, ...(rating && { rating }) })),
})

export const ratings = { id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } }

/** A neighbour that answers `body` as JSON, or as it is when it is a string. */
export const answers =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))

/** A neighbour that never answers. */
export const silent: RequestListener = () => {}

/** A neighbour whose every connection breaks. */
export const breaks: RequestListener = (request) => request.socket.destroy()

interface Neighbours {
  details?: RequestListener
  reviews?: RequestListener
  ratings?: RequestListener
  env?: Record<string, string>
  /** Limits of the page's own calls (ms), where a test does not depend on them; a flood keeps its limits. */
  timeouts?: Partial<Record<'details' | 'reviews' | 'ratings', number>>
  logger?: { level: string; stream: { write(line: string): void } }
}

/** The page (ready for supertest by its `server`), and what its neighbours received. All is closed when the test is over. */
export async function startPage(
  neighbours: Neighbours = {},
): Promise<{ page: Server; app: FastifyInstance; received: Record<'details' | 'reviews' | 'ratings', IncomingMessage[]> }> {
  const received = { details: [] as IncomingMessage[], reviews: [] as IncomingMessage[], ratings: [] as IncomingMessage[] }
  const start = (name: keyof typeof received, listener: RequestListener) =>
    listen((request, response) => {
      received[name].push(request)
      listener(request, response)
    })
  const env = {
    DETAILS_HOSTNAME: '127.0.0.1',
    DETAILS_SERVICE_PORT: await start('details', neighbours.details ?? answers(details)),
    REVIEWS_HOSTNAME: '127.0.0.1',
    REVIEWS_SERVICE_PORT: await start('reviews', neighbours.reviews ?? answers(reviewsWith())),
    RATINGS_HOSTNAME: '127.0.0.1',
    RATINGS_SERVICE_PORT: await start('ratings', neighbours.ratings ?? answers(ratings)),
    SESSION_SECRET: 'a secret of the tests, long enough',
    ...neighbours.env,
  }
  const outbound = createOutbound({ keepAlive: false })
  const limited: Outbound = {
    ...outbound,
    get: (request, url, call) => {
      const timeoutMs = call.detached ? undefined : neighbours.timeouts?.[call.peer as keyof typeof received]
      return outbound.get(request, url, { ...call, ...(timeoutMs && { timeoutMs }) })
    },
  }
  const plugin = productpage(readConfig(Config, env), limited, patience)
  const app = await createService(plugin, { name: 'productpage', version: 'v1', ...(neighbours.logger && { logger: neighbours.logger }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await outbound.close()
    await app.close()
  })
  return { page: app.server, app, received }
}

/** @returns the port, as the environment would name it. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return String((server.address() as AddressInfo).port)
}
