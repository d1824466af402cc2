import type { AddressInfo } from 'node:net'
import supertest from 'supertest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createService } from '../src/create-service.ts'
import { peerOf } from '../src/probe/echo.ts'
import { createProbe } from '../src/probe/plugin.ts'

const self = { namespace: 'shop', service: 'reviews', version: 'v2', pod: 'reviews-v2-abc' }
let app: FastifyInstance
let origin: string

beforeEach(async () => {
  app = await createService(async (service) => void service.get('/reviews', async () => ({ id: '0' })), {
    name: 'reviews',
    version: 'v2',
    plugins: [createProbe({ self, hosts: [], detours: new Map() }).plugin],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterEach(() => app.close())

test("echo tells what arrived, in the words of the Gateway API's echo server", async () => {
  const { body } = await supertest(origin).get('/probe/echo/a/b?x=1').set('X-Thing', 'one').expect(200)
  expect(body).toMatchObject({ path: '/probe/echo/a/b?x=1', host: origin.slice(7), method: 'GET', proto: 'HTTP/1.1', ...self })
  expect(body.headers['X-Thing']).toEqual(['one'])
})

test('a header that came twice keeps both values', async () => {
  const { body } = await supertest(origin)
    .get('/probe/echo')
    .set('X-Thing', ['one', 'two'] as never)
  expect(
    Object.values(body.headers)
      .flat()
      .filter((value) => value === 'one' || value === 'two' || value === 'one, two'),
  ).not.toEqual([])
})

test('any method and any body is echoed', async () => {
  const { body } = await supertest(origin).put('/probe/echo').type('text/plain').send('hello').expect(200)
  expect(body.method).toBe('PUT')
})

test('every answer of the service names its pod', async () => {
  await supertest(origin).get('/reviews').expect(200).expect('x-bookinfo-served-by', 'reviews/v2/reviews-v2-abc')
})

test('status, bytes and delay are as asked', async () => {
  const began = performance.now()
  const { body } = await supertest(origin).get('/probe/echo?status=418&bytes=1000&delay=100').expect(418)
  expect(body).toHaveLength(1000)
  expect(performance.now() - began).toBeGreaterThanOrEqual(99)
})

test.each(['status=99', 'status=abc', 'delay=-1', 'delay=1e9', 'bytes=99999999999', 'reset=maybe', 'fail=x'])(
  '%s is refused',
  async (query) => {
    await supertest(origin).get(`/probe/echo?${query}`).expect(400)
  },
)

test('a fault for another version is none of this one', async () => {
  await supertest(origin).get('/probe/echo?status=503&only=v3').expect(200)
  await supertest(origin).get('/probe/echo?status=503&only=v2').expect(503)
})

test('a reset before the headers gives no answer', async () => {
  await expect(fetch(`${origin}/probe/echo?reset=before`)).rejects.toThrow('fetch failed')
})

test('a reset after the headers gives half an answer', async () => {
  const answer = await fetch(`${origin}/probe/echo?reset=after`)
  expect(answer.status).toBe(200)
  await expect(answer.text()).rejects.toThrow('terminated')
})

test('the first two attempts of an id fail, the third does not; another id has its own count', async () => {
  const ask = (id: string) => fetch(`${origin}/probe/echo?fail=2`, { headers: { 'x-probe-id': id } })
  const statuses = [await ask('a'), await ask('a'), await ask('b'), await ask('a')].map(({ status }) => status)
  expect(statuses).toEqual([503, 503, 503, 200])
})

test('the ledger lists what arrived with an id, on any route', async () => {
  await fetch(`${origin}/reviews?x=1`, { headers: { 'x-probe-id': 'some' } })
  await fetch(`${origin}/probe/echo`, { method: 'POST', headers: { 'x-probe-id': 'some' } })
  const { body } = await supertest(origin).get('/probe/ledger?id=some').expect(200)
  expect(body).toMatchObject({ ...self, id: 'some', count: 2 })
  expect(body.attempts.map(({ method, path }: { method: string; path: string }) => `${method} ${path}`)).toEqual([
    'GET /reviews?x=1',
    'POST /probe/echo',
  ])
})

test.each([
  [
    'By=spiffe://cluster.local/ns/default/sa/b;Hash=1;Subject="";URI=spiffe://cluster.local/ns/default/sa/a',
    'spiffe://cluster.local/ns/default/sa/a',
  ],
  ['URI=spiffe://x/ns/n/sa/client,By=spiffe://y;URI=spiffe://x/ns/n/sa/gateway', 'spiffe://x/ns/n/sa/gateway'],
  ['Hash=1', null],
  [undefined, null],
])('the peer of %s is %s', (header, peer) => {
  expect(peerOf(header)).toBe(peer)
})
