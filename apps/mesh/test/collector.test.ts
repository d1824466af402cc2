/** The embedded collector, as reporters and Zipkin's own page use it. */
import fastify, { type FastifyInstance } from 'fastify'
import { gzipSync } from 'node:zlib'
import supertest from 'supertest'
import { beforeEach, expect, test } from 'vitest'
import type { ZipkinSpan } from '../src/tracing/span.ts'
import { startCollector } from '../src/control/server.ts'
import { collector } from '../src/zipkin/collector.ts'
import { SpanStore } from '../src/zipkin/span-store.ts'

let store: SpanStore
let app: FastifyInstance

beforeEach(async () => {
  store = new SpanStore({ spans: 100, spansPerTrace: 20 })
  app = fastify()
  await app.register(collector(store))
  await app.ready()
})

const api = () => supertest(app.server)
const now = Date.now() * 1000

const span = (fields: Partial<ZipkinSpan>): ZipkinSpan => ({
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  id: 'a2fb4a1d1a96d312',
  timestamp: now,
  duration: 1000,
  ...fields,
})

/** productpage calls reviews, which calls ratings; both sides of each hop report. */
const page: ZipkinSpan[] = [
  span({
    id: '0000000000000001',
    kind: 'CLIENT',
    localEndpoint: { serviceName: 'productpage' },
    remoteEndpoint: { serviceName: 'reviews' },
  }),
  span({ id: '0000000000000002', parentId: '0000000000000001', kind: 'SERVER', localEndpoint: { serviceName: 'reviews' } }),
  span({
    id: '0000000000000003',
    parentId: '0000000000000002',
    kind: 'CLIENT',
    localEndpoint: { serviceName: 'reviews' },
    tags: { error: 'true' },
  }),
  span({
    id: '0000000000000004',
    parentId: '0000000000000003',
    kind: 'SERVER',
    localEndpoint: { serviceName: 'ratings' },
    name: 'ratings',
  }),
]

test('spans come in as JSON and come out by trace', async () => {
  await api().post('/api/v2/spans').send(page).expect(202)
  const { body } = await api().get('/api/v2/trace/463ac35c9f6413ad48485a3953bb6124').expect(200)
  expect(body).toEqual(page)
})

test('gzip is unpacked', async () => {
  const body = gzipSync(JSON.stringify(page))
  await app.inject({
    method: 'POST',
    url: '/api/v2/spans',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body,
  })
  expect((await api().get('/api/v2/services')).body).toEqual(['productpage', 'ratings', 'reviews'])
})

test('a gzip bomb is refused, and nothing is kept', async () => {
  const body = gzipSync(Buffer.alloc(33 * 1024 * 1024, 32))
  const { statusCode } = await app.inject({ method: 'POST', url: '/api/v2/spans', headers: { 'content-encoding': 'gzip' }, body })
  expect(statusCode).toBe(400)
  expect(store.size.spans).toBe(0)
})

test.each([
  ['not json', 'cannot read spans'],
  ['{}', 'expected a JSON list'],
  ['[1]', '[0]: expected an object'],
  ['[{"traceId":"xyz","id":"1"}]', '[0].traceId: expected 1 to 32 hex digits'],
  ['[{"traceId":"1","id":""}]', '[0].id: expected 1 to 16 hex digits'],
])('%s is refused with a reason', async (body, reason) => {
  const answer = await api().post('/api/v2/spans').set('content-type', 'application/json').send(body)
  expect(answer.status).toBe(400)
  expect(answer.body.error).toContain(reason)
})

test('short ids are padded, upper case is lowered', async () => {
  await api()
    .post('/api/v2/spans')
    .send([{ traceId: 'ABC', id: 'D' }])
  expect((await api().get('/api/v2/trace/abc')).body).toEqual([{ traceId: '0000000000000abc', id: '000000000000000d' }])
})

test('traces are found by service, span name, tag and duration', async () => {
  await api().post('/api/v2/spans').send(page)
  const found = async (query: string) => (await api().get(`/api/v2/traces?${query}`).expect(200)).body.length
  expect(await found('serviceName=reviews')).toBe(1)
  expect(await found('serviceName=details')).toBe(0)
  expect(await found('serviceName=ratings&spanName=ratings')).toBe(1)
  expect(await found('serviceName=productpage&remoteServiceName=reviews')).toBe(1)
  expect(await found('annotationQuery=error')).toBe(1)
  expect(await found('annotationQuery=error%3Dfalse')).toBe(0)
  expect(await found('minDuration=1001')).toBe(0)
  expect(await found(`endTs=${Math.floor(now / 1000) - 1000}&lookback=1000`)).toBe(0)
  await api().get('/api/v2/traces?limit=none').expect(400)
})

test('dependencies join both sides of a hop once, and count errors', async () => {
  await api().post('/api/v2/spans').send(page)
  const { body } = await api()
    .get(`/api/v2/dependencies?endTs=${Date.now() + 1000}`)
    .expect(200)
  expect(body).toEqual([
    { parent: 'productpage', child: 'reviews', callCount: 1 },
    { parent: 'reviews', child: 'ratings', callCount: 1, errorCount: 1 },
  ])
})

test('a leaf that did not report is linked by its caller', async () => {
  await api().post('/api/v2/spans').send(page.slice(0, 1))
  const { body } = await api().get(`/api/v2/dependencies?endTs=${Date.now() + 1000}`)
  expect(body).toEqual([{ parent: 'productpage', child: 'reviews', callCount: 1 }])
})

test('spans whose parents go round in a circle do no harm', async () => {
  const a = span({ id: '000000000000000a', parentId: '000000000000000b', kind: 'SERVER', localEndpoint: { serviceName: 'a' } })
  const b = span({ id: '000000000000000b', parentId: '000000000000000a', kind: 'SERVER', localEndpoint: { serviceName: 'b' } })
  await api().post('/api/v2/spans').send([a, b])
  await api()
    .get(`/api/v2/dependencies?endTs=${Date.now() + 1000}`)
    .expect(200)
})

test('memory is bounded: the oldest traces go, and one trace cannot take everything', async () => {
  for (let i = 1; i <= 200; i++) store.report(span({ traceId: i.toString(16).padStart(16, '0') }))
  expect(store.size).toMatchObject({ traces: 100, spans: 100 })
  expect(store.trace('0000000000000001')).toBeUndefined()
  expect(store.trace('00000000000000c8')).toHaveLength(1)
  for (let i = 0; i < 50; i++) store.report(span({ traceId: '00000000000000c8' }))
  expect(store.trace('00000000000000c8')).toHaveLength(20)
  expect(store.dropped).toBe(31)
})

test('an unknown trace is 404, a malformed id is 400', async () => {
  await api().get('/api/v2/trace/1').expect(404)
  await api().get('/api/v2/trace/none').expect(400)
})

test('a default port that is taken is left for the next free one; one that was asked for is an error', async () => {
  const first = await startCollector(store, 0, true, () => undefined)
  const second = await startCollector(store, first.port, false, () => undefined)
  expect(second.port).toBeGreaterThan(first.port)
  expect((await fetch(`http://localhost:${second.port}/health`)).status).toBe(200)
  await expect(startCollector(store, first.port, true, () => undefined)).rejects.toThrow(`ZIPKIN_PORT ${first.port} is taken`)
  await first.close()
  await second.close()
})

test('a wrong method on the port of its own is a 405 that names the methods there are', async () => {
  const running = await startCollector(store, 0, true)
  const { status, headers } = await fetch(`http://localhost:${running.port}/api/v2/spans`, { method: 'PUT' })
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST'])
  await running.close()
})
