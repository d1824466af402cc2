import { createService } from '@bookinfo/service/create-service'
import { createOutbound, type Outbound } from '@bookinfo/service/outbound'
import { readConfig } from '@bookinfo/contracts/environment'
import { patience } from '@bookinfo/tools/eventually'
import fastify, { type FastifyReply } from 'fastify'
import { createServer, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import request from 'supertest'
import { afterEach, describe, expect, test } from 'vitest'
import { reviews } from '../src/app.ts'
import { Config } from '../src/config.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** The service with `env`, ready for supertest. */
async function start(env: Record<string, string> = {}, timeoutMs = patience) {
  const outbound = createOutbound({ keepAlive: false })
  const app = await createService(reviews(readConfig(Config, env), outbound, timeoutMs), { name: 'reviews', version: 'v1' })
  closing.push(
    () => app.close(),
    () => outbound.close(),
  )
  await app.ready()
  return request(app.server)
}

/** Ratings that answer with `answer`, and the variables that lead to them. */
async function ratings(answer: (reply: FastifyReply) => unknown, seen: Record<string, unknown>[] = []) {
  const app = fastify({ forceCloseConnections: true })
  app.get('/ratings/:id', async (incoming, reply) => {
    seen.push({ url: incoming.url, ...incoming.headers })
    return answer(reply)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(() => app.close())
  return { ENABLE_RATINGS: 'true', RATINGS_HOSTNAME: '127.0.0.1', RATINGS_SERVICE_PORT: String((app.server.address() as AddressInfo).port) }
}

const fiveAndFour = { id: 5, ratings: { Reviewer1: 5, Reviewer2: 4 } }
const unavailable = { error: 'Ratings service is currently unavailable' }

/** The `rating` of each review in the answer for product 5. */
const ratingsShown = async (env: Record<string, string>, timeoutMs?: number) => {
  const { body } = await (await start(env, timeoutMs)).get('/reviews/5').expect(200)
  return body.reviews.map(({ rating }: { rating: unknown }) => rating)
}

test('health is in the form of upstream, its space included', async () => {
  const { text } = await (await start()).get('/health').expect(200)
  expect(text).toBe('{"status": "Reviews is healthy"}')
})

test('v1 shows two reviews, the pod and the cluster, and no rating', async () => {
  const { body } = await (await start({ HOSTNAME: 'reviews-v1-abc', CLUSTER_NAME: 'east' })).get('/reviews/5').expect(200)
  expect(body).toEqual({
    id: '5',
    podname: 'reviews-v1-abc',
    clustername: 'east',
    reviews: [
      { reviewer: 'Reviewer1', text: expect.any(String) },
      { reviewer: 'Reviewer2', text: expect.any(String) },
    ],
  })
})

test('without a cluster its name is "null"', async () => {
  const { body } = await (await start()).get('/reviews/0').expect(200)
  expect(body.clustername).toBe('null')
})

test('v3 shows red stars', async () => {
  const env = { ...(await ratings(() => fiveAndFour)), STAR_COLOR: 'red' }
  expect(await ratingsShown(env)).toEqual([
    { stars: 5, color: 'red' },
    { stars: 4, color: 'red' },
  ])
})

test('v2 shows black stars', async () => {
  expect(await ratingsShown(await ratings(() => fiveAndFour))).toEqual([
    { stars: 5, color: 'black' },
    { stars: 4, color: 'black' },
  ])
})

test('a reviewer without a rating gets the error, the other one stars', async () => {
  expect(await ratingsShown(await ratings(() => ({ id: 5, ratings: { Reviewer2: 0 } })))).toEqual([
    unavailable,
    { stars: 0, color: 'black' },
  ])
})

describe('ratings that do not rate', () => {
  test.each<[string, (reply: FastifyReply) => unknown]>([
    ['answer 503', (reply) => reply.code(503).send({ error: 'Service unavailable' })],
    ['answer 404', (reply) => reply.code(404).send(fiveAndFour)],
    ['answer what is not JSON', (reply) => reply.send('<html>')],
    ['answer another shape', (reply) => reply.send({ ratings: [5, 4] })],
    ['answer stars beyond five', (reply) => reply.send({ id: 5, ratings: { Reviewer1: 6, Reviewer2: 4 } })],
    ['answer stars in text', (reply) => reply.send({ id: 5, ratings: { Reviewer1: '<script>', Reviewer2: 4 } })],
    ['drop the connection', (reply) => reply.raw.destroy()],
  ])('that %s: the reviews come with the error of upstream', async (_, answer) => {
    expect(await ratingsShown(await ratings(answer))).toEqual([unavailable, unavailable])
  })

  test('without a listener: the same', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    server.close()
    const env = { ENABLE_RATINGS: 'true', RATINGS_HOSTNAME: '127.0.0.1', RATINGS_SERVICE_PORT: String(port) }
    expect(await ratingsShown(env)).toEqual([unavailable, unavailable])
  })

  test('slower than their limit: the same', async () => {
    const silent = await ratings(() => new Promise(() => {}))
    expect(await ratingsShown(silent, 50)).toEqual([unavailable, unavailable])
  })
})

test.each([
  ['black', 10_000],
  ['red', 2_500],
])('%s stars wait %i ms', async (STAR_COLOR, expected) => {
  const limits: number[] = []
  const outbound: Outbound = {
    async get(_request, _url, { timeoutMs }) {
      limits.push(timeoutMs)
      return { status: 200, body: fiveAndFour }
    },
    close: async () => undefined,
  }
  const app = await createService(reviews(readConfig(Config, { ENABLE_RATINGS: 'true', STAR_COLOR }), outbound), {
    name: 'reviews',
    version: 'v1',
  })
  closing.push(() => app.close())
  expect((await app.inject('/reviews/5')).statusCode).toBe(200)
  expect(limits).toEqual([expected])
})

test('the id and the headers of the request travel to ratings', async () => {
  const seen: Record<string, unknown>[] = []
  const env = await ratings(() => fiveAndFour, seen)
  await (await start(env)).get('/reviews/17').set({ 'x-b3-traceid': 'abc', 'end-user': 'jason', 'x-other': 'stays' }).expect(200)
  expect(seen).toEqual([expect.objectContaining({ url: '/ratings/17', 'x-b3-traceid': 'abc', 'end-user': 'jason' })])
  expect(seen[0]).not.toHaveProperty('x-other')
})

test.each([
  '/reviews/abc',
  '/reviews',
  '/reviews/',
  '/reviews/-1',
  '/reviews/0x1',
  '/reviews/1e3',
  '/reviews/1.0',
  '/reviews/9999999999999999',
  '/reviews/1/2',
])('%s is a 404', async (path) => {
  await (await start()).get(path).expect(404, { error: 'no such route' })
})

test('an id of 10 kB is a 404', async () => {
  await (await start()).get(`/reviews/${'1'.repeat(10_000)}`).expect(404, { error: 'no such route' })
})

test('an encoded id is a 400', async () => {
  await (await start()).get('/reviews/%31').expect(400)
})

test.each(['post', 'put', 'patch', 'delete'] as const)('%s is a 405 that names the methods there are', async (method) => {
  await (await start())[method]('/reviews/1').expect(405).expect('allow', 'GET, HEAD, OPTIONS')
})

test.each(['00', '005'])('%s, another spelling of an id, is a 400 and ratings is not asked', async (id) => {
  const seen: Record<string, unknown>[] = []
  await (
    await start(await ratings(() => fiveAndFour, seen))
  )
    .get(`/reviews/${id}`)
    .expect(400, { error: 'please write the product id without leading zeros' })
  expect(seen).toEqual([])
})

test('whatever stands for an id, the answer is the reviews or a clear 4xx, and the service lives', async () => {
  const service = await start()
  const ids = fc.oneof(
    fc.stringMatching(/^0{0,2}[0-9]{1,2}$/),
    fc.string(),
    fc.nat().map(String),
    fc.integer().map(String),
    fc.webSegment(),
  )
  await fc.assert(
    fc.asyncProperty(ids, async (id) => {
      const { status, body } = await service.get(`/reviews/${encodeURIComponent(id)}`)
      if (/^(0|[1-9][0-9]{0,14})$/.test(id)) expect([status, body]).toMatchObject([200, { id }])
      else expect([status, Object.keys(body)]).toEqual([expect.toSatisfy((code: number) => code >= 400 && code < 500), ['error']])
    }),
    { numRuns: 100 },
  )
  await service.get('/health').expect(200)
})
