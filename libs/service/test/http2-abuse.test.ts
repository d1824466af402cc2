import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { httpServer } from '../src/http-server.ts'
import { ack, endHeaders, endStream, frame, get, literals, number32, rawHttp2, setting, type, type Raw } from './fixtures/http2-frames.ts'

let app: FastifyInstance
let open: Raw[] = []
beforeEach(async () => {
  app = await createService(
    async (service) => {
      service.get('/', async () => ({ hello: true }))
      service.get('/big', async (_request, reply) => reply.send(Buffer.alloc(1_000_000)))
    },
    { name: 'books', version: 'v1' },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  for (const { socket } of open) socket.destroy()
  open = []
  await app.close()
})

const port = () => (app.server.address() as AddressInfo).port

async function attacker(settings?: Uint8Array): Promise<Raw> {
  const raw = await rawHttp2(port(), settings)
  open.push(raw)
  return raw
}

/** Sends `frames` again and again until the server closes the connection, as long as it takes what is sent. */
async function flood({ socket }: Raw, frames: (round: number) => Buffer, rounds = 50_000) {
  for (let round = 0; round < rounds && !socket.destroyed; round++) {
    const drained = socket.write(frames(round))
    if (!drained || round % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

const stillServes = async () => expect((await fetch(`http://127.0.0.1:${port()}/`)).status).toBe(200)

test('rapid reset: requests that are cancelled at once end the connection', async () => {
  const raw = await attacker()
  await flood(raw, (round) =>
    Buffer.concat([
      frame(type.headers, endHeaders | endStream, 2 * round + 1, literals(get('/'))),
      frame(type.reset, 0, 2 * round + 1, number32(8)),
    ]),
  )
  await raw.closed
  await stillServes()
})

test('CONTINUATION flood: headers that never end end the connection', async () => {
  const raw = await attacker()
  raw.socket.write(frame(type.headers, endStream, 1, literals(get('/'))))
  await flood(raw, (round) => frame(type.continuation, 0, 1, literals([[`x-${round}`, 'y'.repeat(100)]])))
  await raw.closed
  await stillServes()
})

test('a CONTINUATION flood of empty frames ends the connection', async () => {
  const raw = await attacker()
  raw.socket.write(frame(type.headers, endStream, 1, literals(get('/'))))
  await flood(raw, () => frame(type.continuation, 0, 1))
  await raw.closed
  await stillServes()
})

test.each([
  ['settings', () => frame(type.settings, 0, 0, setting(4, 65_535))],
  ['empty settings', () => frame(type.settings, 0, 0)],
  ['pings', () => frame(type.ping, 0, 0, Buffer.alloc(8))],
])('a flood of %s ends the connection, of a client that reads the answers', async (_what, one) => {
  const raw = await attacker()
  await flood(raw, one)
  await raw.closed
  await stillServes()
})

test('a flood of settings from a client that reads nothing ends the connection', async () => {
  const raw = await attacker()
  raw.socket.pause()
  await flood(raw, () => frame(type.settings, 0, 0, setting(4, 65_535)))
  raw.socket.resume()
  await raw.closed
  await stillServes()
})

test.each([
  ['a frame that is longer than allowed', frame(type.data, 0, 1, Buffer.alloc(20_000))],
  ['DATA on no stream', frame(type.data, 0, 0, Buffer.from('x'))],
  ['a window update of 0 for the connection', frame(type.window, 0, 0, number32(0))],
  ['headers on an even stream', frame(type.headers, endHeaders | endStream, 2, literals(get('/')))],
  ['headers that cannot be unpacked', frame(type.headers, endHeaders | endStream, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
  ['a settings frame of a wrong length', frame(type.settings, 0, 0, Buffer.alloc(5))],
])('%s ends the connection', async (_what, bytes) => {
  const raw = await attacker()
  raw.socket.write(bytes)
  await raw.closed
  await stillServes()
})

test.each([
  ['two paths', [...get('/'), [':path', '/x']]],
  ['no method', get('/').slice(1)],
  ['an upper-case name', [...get('/'), ['A', 'b']]],
  ['a connection header', [...get('/'), ['connection', 'close']]],
  ['a transfer coding', [...get('/'), ['transfer-encoding', 'chunked']]],
  ['a pseudo-header after others', [...get('/').slice(1), ['a', 'b'], [':method', 'GET']]],
  ['two hosts', [...get('/'), ['host', 'a'], ['host', 'a']]],
] as [string, [string, string][]][])('a request with %s is refused, and reaches no route', async (_what, headers) => {
  const raw = await attacker()
  raw.socket.write(frame(type.headers, endHeaders | endStream, 1, literals(headers)))
  await expect.poll(() => raw.frames.some((seen) => [type.reset, type.goaway].includes(seen.type))).toBe(true)
  expect(raw.frames.filter((seen) => seen.type === type.data)).toEqual([])
  await stillServes()
})

test('a header with a line break in its value reaches no route', async () => {
  const arrived = Promise.withResolvers<unknown>()
  const server = httpServer(
    (request) => arrived.resolve(Object.entries(request.headers)),
    () => '',
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const raw = await rawHttp2((server.address() as AddressInfo).port)
  open.push(raw)
  raw.socket.write(frame(type.headers, endHeaders | endStream, 1, literals([...get('/'), ['a', 'b\r\nc: d'], ['e', 'f']])))
  expect(await arrived.promise).toEqual([...get('/'), ['e', 'f'], ['host', 'a']])
  server.closeAllConnections()
  server.close()
})

/** A server with limits of milliseconds, whose answers are large. */
async function impatient() {
  const server = httpServer(
    (_request, response) => void response.end(Buffer.alloc(1_000_000)),
    () => '',
    undefined,
    {
      silence: 100,
      requestTimeout: 100,
      keepAliveTimeout: 100,
    },
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

test('a client that opens no window loses its stream, and then its connection, pings or not', async () => {
  const { server, port: at } = await impatient()
  const raw = await rawHttp2(at, setting(4, 0))
  open.push(raw)
  raw.socket.write(frame(type.headers, endHeaders | endStream, 1, literals(get('/'))))
  const pings = setInterval(() => raw.socket.write(frame(type.ping, 0, 0, Buffer.alloc(8))), 20)
  await expect.poll(() => raw.frames.some((seen) => seen.type === type.reset && seen.stream === 1)).toBe(true)
  clearInterval(pings)
  await raw.closed
  server.close()
})

test.each([
  ['nothing at all', Buffer.alloc(0)],
  ['headers without an end', frame(type.headers, endStream, 1, literals(get('/')))],
  ['an acknowledgement of nothing asked', frame(type.settings, ack, 0)],
])('a client that sends its settings and %s is left', async (_what, bytes) => {
  const { server, port: at } = await impatient()
  const raw = await rawHttp2(at)
  open.push(raw)
  raw.socket.write(bytes)
  await raw.closed
  server.close()
})

test('a body that never ends loses its stream', async () => {
  const { server, port: at } = await impatient()
  const raw = await rawHttp2(at)
  open.push(raw)
  server.removeAllListeners('request')
  raw.socket.write(frame(type.headers, endHeaders, 1, literals([[':method', 'POST'], ...get('/').slice(1)])))
  const drops = setInterval(() => raw.socket.write(frame(type.data, 0, 1, Buffer.from('x'))), 20)
  await expect.poll(() => raw.frames.some((seen) => seen.type === type.reset && seen.stream === 1)).toBe(true)
  clearInterval(drops)
  server.closeAllConnections()
  server.close()
})
