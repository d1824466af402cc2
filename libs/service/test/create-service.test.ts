import { ServiceError } from '@bookinfo/contracts/errors'
import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { rawRequest } from './fixtures/raw-request.ts'

let app: FastifyInstance
beforeEach(async () => {
  app = await createService(
    async (service) => {
      const schema = { summary: 'Greets', params: Type.Object({ name: Type.String({ pattern: '^[a-z]+$' }) }) }
      service.get('/hello/:name', { schema }, async () => ({ hello: 'you' }))
      service.get('/picky/:name', { schema, config: { invalid: { params: 'DETAILS_ID_INVALID' } } }, async () => ({}))
      service.post('/echo', async ({ body }) => ({ body }))
      service.get('/named', async () => {
        throw new ServiceError('RATINGS_UNAVAILABLE')
      })
      service.get('/broken', async () => {
        throw new Error('secret detail')
      })
    },
    { name: 'hello', version: 'v7' },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => app.close())

const get = (path: string) => request(app.server).get(path)

test('livez and readyz say yes', async () => {
  await get('/livez').expect(200, { status: 'live' })
  await get('/readyz').expect(200, { status: 'ready' })
})

test('an idle connection is kept for longer than the hour after which Envoy closes it', async () => {
  const { headers } = await get('/livez').set('connection', 'keep-alive')
  expect(Number(/^timeout=(\d+)$/.exec(headers['keep-alive'] ?? '')?.[1])).toBeGreaterThan(3600)
})

test('a draining service is alive but not ready, and still answers', async () => {
  app.drain()
  await get('/readyz').expect(503, { status: 'draining' })
  await get('/livez').expect(200)
  // By a client that would keep its connection: supertest's own asks for its end itself.
  const answer = await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/hello/you`)
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
})

test('metrics count a request under its route, never under its path', async () => {
  await get('/hello/you').expect(200)
  await get('/nothing-here').expect(404)
  const { text } = await get('/metrics')
    .expect(200)
    .expect('content-type', /^text\/plain/)
  expect(text).toContain('http_request_duration_seconds_count{service="hello",version="v7",method="GET",route="/hello/:name",code="200"} 1')
  expect(text).toContain('http_request_duration_seconds_count{service="hello",version="v7",method="GET",route="unknown",code="404"} 1')
  expect(text).toContain('process_resident_memory_bytes')
  expect(text).not.toContain('nothing-here')
})

test('the OpenAPI document lists the routes of the service and not those of the chassis', async () => {
  const { body } = await get('/openapi.json').expect(200)
  expect(body.info).toEqual({ title: 'hello', version: 'v7' })
  expect(Object.keys(body.paths).sort()).toEqual(['/broken', '/echo', '/hello/{name}', '/named', '/picky/{name}'])
})

test('the docs page lists the routes for people', async () => {
  const { text } = await get('/docs').expect(200).expect('content-type', 'text/html; charset=utf-8')
  expect(text).toContain('<code>GET /hello/{name}</code></td><td>Greets</td>')
})

test('no browser guesses the type of an answer', () =>
  get('/livez')
    .expect('x-content-type-options', 'nosniff')
    .then(() => undefined))

test('an unknown route is a 404 in the one error shape', () => get('/nothing-here').expect(404, { error: 'no such route' }))

test('parameters that do not fit are a 400', () => get('/hello/YOU').expect(400, { error: 'please send a valid request' }))

test('a route can name its own error', () => get('/picky/YOU').expect(400, { error: 'please provide numeric product id' }))

test.each(['/hello/%79ou', '/hello/%zz', '/%2e%2e/etc'])('the encoded path %s is refused', async (path) => {
  await get(path).expect(400, { error: 'please send the path without percent-encoding' })
})

test('a query may be encoded', () => get('/hello/you?q=%20').expect(200))

test('an error of the table keeps its status and words', () => get('/named').expect(503, { error: 'Service unavailable' }))

test('an unexpected error tells nothing of its cause', () => get('/broken').expect(500, { error: 'something went wrong' }))

test('a body that is not JSON is a 400', () =>
  request(app.server).post('/echo').set('content-type', 'application/json').send('{').expect(400, { error: 'please send a valid request' }))

test('a body over 64 kB is a 413', () =>
  request(app.server)
    .post('/echo')
    .send({ text: 'x'.repeat(65_536) })
    .expect(413, { error: 'please send a smaller body' }))

test('a body of an unknown type is a 4xx', () =>
  request(app.server).post('/echo').set('content-type', 'image/png').send('x').expect(415, { error: 'please send JSON' }))

const raw = (bytes: string) => rawRequest(app.server, bytes)

test('what is not HTTP is answered with a 400 in the one error shape', async () => {
  const answer = await raw('hello\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(answer).toContain('{"error":"please send a valid request"}')
})

test('headers over 16 kB are a 431', async () => {
  expect(await raw(`GET / HTTP/1.1\r\nhost: a\r\nbig: ${'x'.repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
})

test('two lengths for one body are refused', async () => {
  const answer = await raw('POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
})

/** A service that refuses requests while its event loop is `overloadMs` late. */
async function serviceWithLimit(overloadMs: number) {
  const late = await createService(
    async (service) => {
      service.get('/', async () => 'here')
    },
    { name: 'late', version: 'v1', overloadMs },
  )
  await late.ready()
  return late
}

/** Blocks the event loop. */
const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('a service whose event loop is late refuses requests, but not the probes', async () => {
  const late = await serviceWithLimit(100)
  // Checked each time: it is late only until its next timer is in time.
  const afterStall = async () => {
    stall(300)
    return (await request(late.server).get('/')).body
  }
  await expect.poll(afterStall, { interval: 5 }).toEqual({ error: 'the service is overloaded, please try again' })
  await request(late.server).get('/livez').expect(200)
  await late.close()
})

test('a stall that is shorter than the limit is not an overload', async () => {
  const late = await serviceWithLimit(4000)
  stall(2500)
  // The timer that measures has fired by then.
  await new Promise((resolve) => setTimeout(resolve, 10))
  await request(late.server).get('/').expect(200)
  await late.close()
})
