import type { FastifyInstance } from 'fastify'
import { createServer } from 'node:http2'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import supertest from 'supertest'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { grpcFace } from '../src/grpc/face.ts'
import { readDetours } from '../src/probe/call-targets.ts'
import { grpcEcho } from '../src/probe/grpc-echo.ts'
import { createProbe } from '../src/probe/plugin.ts'

let target: FastifyInstance
let caller: FastifyInstance

beforeEach(async () => {
  const probe = createProbe({
    self: { namespace: 'default', service: 'reviews', version: 'v2', pod: 'reviews-v2-a' },
    hosts: [],
    detours: new Map(),
  })
  target = await createService(async () => {}, {
    name: 'reviews',
    version: 'v2',
    plugins: [probe.plugin],
    grpc: (app) => grpcFace(app, 'reviews', grpcEcho(probe)),
  })
  await target.listen({ host: '127.0.0.1', port: 0 })
  await startCaller((target.server.address() as AddressInfo).port)
})
afterEach(async () => {
  await caller.close()
  await target.close()
})

async function startCaller(port: number) {
  const detours = readDetours(`9080=127.0.0.1:${port},9081=127.0.0.1:${port}`)
  const self = { namespace: 'default', service: 'productpage', version: 'v1', pod: 'productpage-v1-a' }
  caller = await createService(async () => {}, {
    name: 'productpage',
    version: 'v1',
    plugins: [createProbe({ self, hosts: [], detours }).plugin],
  })
  await caller.ready()
}

async function results(order: object) {
  const { body } = await supertest(caller.server).post('/probe/call').send(order).expect(200)
  return body.results
}

const servedBy = { service: 'reviews', version: 'v2', pod: 'reviews-v2-a' }

test('protocol h2c calls by HTTP/2', async () => {
  const [result] = await results({ url: 'http://reviews:9080/probe/echo?x={i}', protocol: 'h2c', headers: { 'x-b3-traceid': 'a' } })
  expect(result).toMatchObject({ status: 200, servedBy })
  expect(JSON.parse(result.body)).toMatchObject({
    proto: 'HTTP/2.0',
    host: 'reviews:9080',
    path: '/probe/echo?x=0',
    headers: { 'x-b3-traceid': ['a'] },
  })
  expect(Object.keys(JSON.parse(result.body).headers).filter((name) => name.startsWith(':'))).toEqual([])
})

test('a body is sent by HTTP/2, and each request of a client shares its connection', async () => {
  const all = await results({
    url: 'http://reviews:9080/probe/echo',
    protocol: 'h2c',
    method: 'POST',
    body: 'x',
    count: 10,
    concurrency: 2,
    brief: true,
  })
  expect(all.map(({ status }: { status: number }) => status)).toEqual(Array(10).fill(200))
})

test('a stream that is reset is reported, and the next request succeeds', async () => {
  const [reset] = await results({ url: 'http://reviews:9080/probe/echo?reset=before', protocol: 'h2c' })
  expect(reset).toMatchObject({ status: 0, error: expect.stringMatching(/RESET|STREAM_ERROR/) })
  const [after] = await results({ url: 'http://reviews:9080/probe/echo?reset=after', protocol: 'h2c' })
  expect(after).toMatchObject({ status: 0 })
})

test('a unary method is called with JSON, and answers with JSON, status and headers', async () => {
  const [result] = await results({
    url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo',
    headers: { 'x-probe-id': 'n{i}' },
    body: '{"payload":"aGk="}',
  })
  expect(result).toMatchObject({ status: 200, grpcStatus: 0, grpcMessage: '', servedBy, trailers: { 'grpc-status': '0' } })
  expect(JSON.parse(result.body)).toMatchObject({
    payload: 'aGk=',
    assertions: { fullyQualifiedMethod: '/bookinfo.v1.Probe/Echo', authority: 'reviews:9081', version: 'v2', attempt: 1 },
  })
})

test('errors come with their code and message', async () => {
  const [result] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo', body: '{"status":7,"message":"nö"}' })
  expect(result).toMatchObject({ status: 200, grpcStatus: 7, grpcMessage: 'nö', servedBy })
  const [unknown] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Ratings/GetRatings' })
  expect(unknown).toMatchObject({ status: 200, grpcStatus: 12 })
})

test('a deadline in the headers ends a call', async () => {
  const [result] = await results({
    url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo',
    body: '{"delay":5000}',
    headers: { 'grpc-timeout': '50m' },
  })
  expect(result).toMatchObject({ grpcStatus: 4 })
})

test('streams are sent and received; of two open directions each turn waits for its answer', async () => {
  const [both] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/EchoBidiStream', body: '[{},{},{}]' })
  expect(JSON.parse(both.body).map(({ number = 0 }) => number)).toEqual([0, 1, 2])
  const [down] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/EchoServerStream', body: '{"count":3,"status":10}' })
  expect([JSON.parse(down.body).length, down.grpcStatus]).toEqual([3, 10])
  const [up] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/EchoClientStream', body: '[{},{}]' })
  expect(JSON.parse(up.body)).toMatchObject({ number: 2 })
})

test.each([
  ['a method that there is not', { url: 'grpc://reviews:9081/bookinfo.v1.Probe/Nothing' }, /no method/],
  ['a body that is not its message', { url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo', body: '{"nothing":1}' }, /./],
  ['a body that is not JSON', { url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo', body: '{' }, /./],
  [
    'an answer that takes too long',
    { url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo', body: '{"delay":5000}', timeoutMs: 50 },
    /^timeout$/,
  ],
])('%s is reported', async (_what, order, error) => {
  const [result] = await results(order)
  expect(result.status).toBe(0)
  expect(result.error).toMatch(error)
})

test("an answer without a body is understood: a proxy's own", async () => {
  const proxy = createServer((_request, response) => {
    response.stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': 'no%20healthy' },
      { endStream: true },
    )
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  await caller.close()
  await startCaller((proxy.address() as AddressInfo).port)
  const [result] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo' })
  expect(result).toMatchObject({ status: 200, grpcStatus: 14, grpcMessage: 'no healthy', servedBy: null })
})

test('a server that is not there is reported', async () => {
  await target.close()
  const [result] = await results({ url: 'grpc://reviews:9081/bookinfo.v1.Probe/Echo' })
  expect(result).toMatchObject({ status: 0, error: 'ECONNREFUSED' })
})

test.each([
  ['grpc://evil.example:9081/bookinfo.v1.Probe/Echo', {}],
  ['tcp://evil.example:22', {}],
  ['tls://127.0.0.1:443', {}],
  ['tls://reviews:9083', { serverName: 'evil.example' }],
])('%s %j is refused', async (url, more) => {
  await supertest(caller.server)
    .post('/probe/call')
    .send({ url, ...more })
    .expect(403)
})

test.each([
  { url: 'tcp://reviews' },
  { url: 'tcp://reviews:1/x' },
  { url: 'grpc://reviews:9081' },
  { url: 'http://reviews/', protocol: 'h3' },
])('%j is not a valid order', async (order) => {
  await supertest(caller.server).post('/probe/call').send(order).expect(400)
})
