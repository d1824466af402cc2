import { fastify, type FastifyInstance } from 'fastify'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import supertest from 'supertest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { mayCall, readDetours } from '../src/probe/call-targets.ts'
import { createProbe } from '../src/probe/plugin.ts'

const self = { namespace: 'default', service: 'productpage', version: 'v1', pod: 'productpage-v1-a' }
let neighbour: FastifyInstance
let caller: FastifyInstance
let seen: { url: string; method: string; host: string | undefined; user: unknown }[]

beforeEach(async () => {
  seen = []
  neighbour = fastify()
  neighbour.all('/*', async ({ url, method, headers }, reply) => {
    seen.push({ url, method, host: headers.host, user: headers['end-user'] })
    if (url === '/slow') await sleep(500)
    return reply.header('x-bookinfo-served-by', 'reviews/v3/reviews-v3-b').send('hello')
  })
  await neighbour.listen({ host: '127.0.0.1', port: 0 })
  const address = `127.0.0.1:${(neighbour.server.address() as AddressInfo).port}`
  const plugins = [createProbe({ self, hosts: ['books.example'], detours: readDetours(`9080=${address},80=${address}`) }).plugin]
  caller = await createService(async () => {}, { name: 'productpage', version: 'v1', plugins })
  await caller.ready()
})
afterEach(async () => {
  await caller.close()
  await neighbour.close()
})

const order = (body: object) => supertest(caller.server).post('/probe/call').send(body)

test('a call reports status, server, headers, body and time', async () => {
  const { body } = await order({ url: 'http://reviews:9080/reviews/0', headers: { 'end-user': 'jason' } }).expect(200)
  expect(body).toMatchObject({
    ...self,
    results: [{ status: 200, servedBy: { service: 'reviews', version: 'v3', pod: 'reviews-v3-b' }, body: 'hello', bytes: 5 }],
  })
  expect(body.results[0].ms).toBeGreaterThan(0)
  expect(seen).toEqual([{ url: '/reviews/0', method: 'GET', host: 'reviews:9080', user: 'jason' }])
})

test('an order that takes longer than a silent connection is kept is answered all the same', async () => {
  caller.server.timeout = 100
  const { body } = await order({ url: 'http://reviews:9080/slow' }).expect(200)
  expect(body.results).toMatchObject([{ status: 200 }])
})

test('every one of many requests gets its number, and brief results leave out what they carried', async () => {
  const { body } = await order({
    url: 'http://reviews:9080/x?n={i}',
    headers: { 'end-user': 'u{i}' },
    count: 20,
    concurrency: 4,
    brief: true,
  })
  expect(body.results).toHaveLength(20)
  expect(Object.keys(body.results[0])).toEqual(['status', 'servedBy', 'ms', 'at'])
  expect(new Set(seen.map(({ url, user }) => `${url} ${String(user)}`)).size).toBe(20)
})

test('a call that takes too long is reported as timed out', async () => {
  const { body } = await order({ url: 'http://reviews:9080/slow', timeoutMs: 50 })
  expect(body.results[0]).toMatchObject({ status: 0, error: 'timeout' })
})

test('a host that the operator listed is called', () => order({ url: 'http://books.example/volumes' }).expect(200))

test.each([
  'http://evil.example/',
  'http://127.0.0.1:22/',
  'http://reviews.com:9080/',
  'http://reviews.evil.example/',
  'http://ratings.default/',
])('%s is refused, and nothing is sent', async (url) => {
  await order({ url }).expect(403)
  expect(seen).toEqual([])
})

test('a Host header leads nowhere else', () => order({ url: 'http://reviews:9080/', headers: { Host: 'evil.example' } }).expect(403))

test.each([
  { url: 'https://reviews:9080/' },
  { url: 'http://user@reviews/' },
  { url: 'http://reviews:9080/', count: 0 },
  { url: 'http://reviews:9080/', count: 1e6 },
  { url: 'http://reviews:9080/', concurrency: 1000 },
  { url: 'http://reviews:9080/', headers: { 'a b': 'c' } },
  { url: 'http://reviews:9080/', headers: { a: 'b\r\nc: d' } },
  { url: 'http://reviews:9080/', shell: true },
])('%o is not a valid order', async (body) => {
  await order(body).expect(400)
})

test.each([
  ['reviews', true],
  ['reviews-v2:9080', true],
  ['reviews.default.svc.cluster.local:9080', true],
  ['ratings.other.svc', true],
  ['REVIEWS', true],
  ['books.example', true],
  ['books.example:80', true],
  ['kubernetes.default.svc', false],
  ['reviews.a.b.svc.cluster.local', false],
  ['reviews.', false],
  ['reviews@evil.example', false],
  ['169.254.169.254', false],
  ['localhost', false],
  ['', false],
])('%s may be called: %s', (authority, allowed) => {
  expect(mayCall(authority, ['books.example'])).toBe(allowed)
})

let service: ServiceProcess | undefined
afterEach(() => service?.child.kill('SIGKILL'))
const main = join(import.meta.dirname, 'fixtures/hello-main.ts')

test('probes are off by default, and nothing tells of them', async () => {
  service = await startService(main)
  for (const path of ['/probe/echo', '/probe/ledger?id=a', '/probe/call']) expect((await fetch(`${service.url}${path}`)).status).toBe(404)
  expect((await fetch(service.url)).headers.has('x-bookinfo-served-by')).toBe(false)
})

test('BOOKINFO_PROBE=on serves them', async () => {
  service = await startService(main, { BOOKINFO_PROBE: 'on', SERVICE_VERSION: 'v9', HOSTNAME: 'hello-1' })
  expect(await (await fetch(`${service.url}/probe/echo`)).json()).toMatchObject({
    service: 'hello',
    version: 'v9',
    pod: 'hello-1',
    namespace: 'default',
  })
  service.child.kill('SIGTERM')
  await once(service.child, 'close')
})
