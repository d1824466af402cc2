/** Zipkin's addresses in a browser, on the collector's port and on the console's. */
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consoleTraces, leadToTraces, zipkinPages, type TracePages } from '../src/zipkin/pages.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const traceId = '463ac35c9f6413ad48485a3953bb6124'

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())

/** Status and where it leads, without going there. */
async function ask(address: string, method = 'GET') {
  const { status, headers } = await fetch(address, { method, redirect: 'manual' })
  return { status, to: headers.get('location'), allow: headers.get('allow') }
}

test('the address in the banner leads to the traces in the console, in two steps as at Zipkin', async () => {
  const { zipkin, console } = small.addresses
  expect(await ask(zipkin!)).toMatchObject({ status: 302, to: '/zipkin/' })
  expect(await ask(`${zipkin}/zipkin/`)).toMatchObject({ status: 302, to: `${console}/#traces` })
})

test.each(['/zipkin', '/zipkin/', '/zipkin/?serviceName=reviews', '/zipkin/dependency'])(
  '%s leads to the traces, at both ports',
  async (path) => {
    const { zipkin, console } = small.addresses
    for (const base of [zipkin, console]) expect(await ask(base + path)).toMatchObject({ status: 302, to: `${console}/#traces` })
  },
)

test('the address of one trace leads to that trace, in the form in which the mesh keeps its id', async () => {
  const { zipkin, console } = small.addresses
  for (const base of [zipkin, console]) {
    expect(await ask(`${base}/zipkin/traces/${traceId.toUpperCase()}`)).toMatchObject({ status: 302, to: `${console}/#traces/${traceId}` })
    expect((await ask(`${base}/zipkin/traces/abc`)).to).toBe(`${console}/#traces/0000000000000abc`)
  }
})

test('a malformed id gets an answer that says so', async () => {
  const answer = await fetch(`${small.addresses.zipkin}/zipkin/traces/jason`)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({ error: 'jason is not a trace id: expected 1 to 32 hexadecimal digits' })
})

test("Zipkin's API answers below its pages too, as the real one's does", async () => {
  const { zipkin } = small.addresses
  expect(await (await fetch(`${zipkin}/zipkin/api/v2/services`)).json()).toEqual(await (await fetch(`${zipkin}/api/v2/services`)).json())
})

test('HEAD is answered like GET', async () => {
  for (const path of ['/', '/zipkin/', `/zipkin/traces/${traceId}`]) {
    const address = small.addresses.zipkin + path
    expect(await ask(address, 'HEAD')).toEqual(await ask(address))
  }
})

test.each(['/', '/zipkin/', '/zipkin/traces/abc', '/api/v2/traces', '/api/v2/trace/abc'])(
  'another method than GET is 405 at %s',
  async (path) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect([method, await ask(small.addresses.zipkin + path, method)]).toEqual([
        method,
        { status: 405, to: null, allow: 'GET, HEAD, OPTIONS' },
      ])
    expect(await ask(small.addresses.zipkin + path, 'OPTIONS')).toEqual({ status: 204, to: null, allow: 'GET, HEAD, OPTIONS' })
  },
)

test.each([
  ['http://localhost:9411', 'http://localhost:9411/zipkin/traces/abc'],
  ['http://localhost:9411/', 'http://localhost:9411/zipkin/traces/abc'],
  ['https://tools.example/zipkin/', 'https://tools.example/zipkin/traces/abc'],
  ['https://tools.example/tracing', 'https://tools.example/tracing/traces/abc'],
])('a Zipkin at %s has its pages where it has them', (url, page) => {
  expect(zipkinPages(url).one('abc')).toBe(page)
})

async function getOf(pages: TracePages) {
  const app = fastify()
  leadToTraces(app, pages, 'tracing is off')
  await app.ready()
  return async (url: string) => {
    const { statusCode, headers, body } = await app.inject({ url })
    return { status: statusCode, to: headers.location, body }
  }
}

test('where nothing is traced a path says so', async () => {
  const get = await getOf(() => undefined)
  for (const path of ['/zipkin/', `/zipkin/traces/${traceId}`])
    expect(await get(path)).toEqual({ status: 404, to: undefined, body: '{"error":"tracing is off"}' })
})

test('an address that is known only later is asked for each time', async () => {
  let console: string | undefined
  const get = await getOf(() => (console === undefined ? undefined : consoleTraces(console)))
  expect((await get('/zipkin/')).status).toBe(404)
  console = 'http://localhost:20001'
  expect((await get('/zipkin/')).to).toBe('http://localhost:20001/#traces')
})
