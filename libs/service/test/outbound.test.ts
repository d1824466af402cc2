import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createServer, get as httpGet, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { patience } from '@bookinfo/tools/eventually'
import { afterEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import type { Answer } from '../src/exchange.ts'
import { createOutbound, type CallOptions, type Outbound, type OutboundOptions } from '../src/outbound.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A neighbour on its own port. */
async function neighbour(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => (server.closeAllConnections(), server.close()))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

/** A service whose only route makes the call under test and answers with what came of it. */
async function caller(url: string, call: CallOptions = { timeoutMs: patience }, options: OutboundOptions = { keepAlive: false }) {
  const outbound = createOutbound(options)
  const results: Promise<Answer>[] = []
  const app: FastifyInstance = await createService(
    async (service) => {
      service.get('/', async (request: FastifyRequest) => {
        const result = outbound.get(request, url, call)
        results.push(result)
        return result.catch((error: Error) => ({ failed: error.message }))
      })
    },
    { name: 'caller', version: 'v1' },
  )
  closing.push(
    () => app.close(),
    () => outbound.close(),
  )
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = async (headers: Record<string, string> = {}) =>
    (await (await fetch(address, { headers })).json()) as Answer & { failed?: string }
  return { ask, address, results, outbound: outbound satisfies Outbound }
}

test('an answer comes back with its status and parsed body', async () => {
  const { url } = await neighbour((_, answer) => answer.writeHead(418).end('{"tea":true}'))
  expect(await (await caller(url)).ask()).toEqual({ status: 418, body: { tea: true } })
})

test('a body that is not JSON is undefined', async () => {
  const { url } = await neighbour((_, answer) => answer.end('<html>'))
  expect(await (await caller(url)).ask()).toEqual({ status: 200 })
})

/** Headers that the neighbour got when the caller got `headers`. */
async function arrived(headers: Record<string, string>, call?: CallOptions, options?: OutboundOptions): Promise<IncomingHttpHeaders> {
  const { url } = await neighbour((request, answer) => answer.end(JSON.stringify(request.headers)))
  return (await (await caller(url, call, options)).ask(headers)).body as IncomingHttpHeaders
}

test('trace headers travel on', async () => {
  expect(await arrived({ b3: '0', 'x-request-id': 'abc' })).toMatchObject({ b3: '0', 'x-request-id': 'abc' })
})

test('headers that are dropped on purpose do not travel on', async () => {
  const headers = await arrived({ 'x-b3-traceid': 'a', 'x-b3-spanid': 'b' }, undefined, { keepAlive: false, drop: ['x-b3-traceid'] })
  expect(headers).toMatchObject({ 'x-b3-spanid': 'b' })
  expect(headers).not.toHaveProperty('x-b3-traceid')
})

test('headers are dropped on purpose by how they begin, and those that a call sets too', async () => {
  const headers = await arrived(
    { 'uberctx-a': '1', 'uberctx-b': '2', 'uber-trace-id': '3' },
    { timeoutMs: 5000, headers: { 'end-user': 'jason' } },
    { keepAlive: false, drop: ['uberctx-*', 'end-user'] },
  )
  expect(Object.keys(headers).filter((name) => /^uber|^end/.test(name))).toEqual(['uber-trace-id'])
})

test("a call's own header replaces the one that came in", async () => {
  expect(await arrived({ 'end-user': 'mallory' }, { timeoutMs: patience, headers: { 'end-user': 'jason' } })).toMatchObject({
    'end-user': 'jason',
  })
})

test('a header set to undefined is kept back', async () => {
  expect(await arrived({ 'end-user': 'mallory' }, { timeoutMs: patience, headers: { 'end-user': undefined } })).not.toHaveProperty(
    'end-user',
  )
})

test.each(['baggage', 'uberctx-tenant', 'ot-baggage-tenant', 'sw8-correlation', 'x-datadog-tags'])(
  '%s goes to services, and not to a host outside the application',
  async (name) => {
    expect(await arrived({ [name]: 'tenant=7' })).toMatchObject({ [name]: 'tenant=7' })
    expect(await arrived({ [name]: 'tenant=7' }, { timeoutMs: 5000, external: true })).not.toHaveProperty(name)
  },
)

test('credentials stay inside the application', async () => {
  const headers = await arrived(
    { cookie: 'session=1', authorization: 'Bearer 1', 'x-request-id': 'abc' },
    { timeoutMs: patience, external: true },
  )
  expect(headers).toMatchObject({ 'x-request-id': 'abc' })
  expect(headers).not.toHaveProperty('cookie')
  expect(headers).not.toHaveProperty('authorization')
})

test('no answer in time is a timeout', async () => {
  const { url } = await neighbour(() => {})
  expect(await (await caller(url, { timeoutMs: 50 })).ask()).toEqual({ failed: 'timeout' })
})

test('a body that never ends is a timeout too', async () => {
  const { url } = await neighbour((_, answer) => answer.write('{"half":'))
  expect(await (await caller(url, { timeoutMs: 50 })).ask()).toEqual({ failed: 'timeout' })
})

test('a body over 1 MB is given up', async () => {
  const { url } = await neighbour((_, answer) => answer.end('x'.repeat(2_000_000)))
  expect(await (await caller(url)).ask()).toEqual({ failed: 'unreachable' })
})

test('an address without a listener is unreachable', async () => {
  const { server, url } = await neighbour(() => {})
  server.close()
  expect(await (await caller(url)).ask()).toEqual({ failed: 'unreachable' })
})

test('a caller who goes away ends the call', async () => {
  const { server, url } = await neighbour(() => {})
  const { address, results } = await caller(url)
  const gone = httpGet(address).on('error', () => {})
  const [, answer] = await once(server, 'request')
  gone.destroy()
  await once(answer, 'close')
  await expect(results[0]).rejects.toThrow('caller gone')
})

test.each([
  [false, 3],
  [true, 1],
])('with keepAlive %s three calls use %i connections', async (keepAlive, expected) => {
  let connections = 0
  const { server, url } = await neighbour((_, answer) => answer.end('{}'))
  server.on('connection', () => connections++)
  const { ask } = await caller(url, undefined, { keepAlive })
  for (let call = 0; call < 3; call++) await ask()
  expect(connections).toBe(expected)
})
