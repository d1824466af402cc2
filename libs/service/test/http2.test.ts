import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import { get as httpGet } from 'node:http'
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectTcp, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { patience } from '@bookinfo/tools/eventually'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { createOutbound } from '../src/outbound.ts'
import { preface } from './fixtures/http2-frames.ts'

let app: FastifyInstance
let release = () => {}
const sessions: ClientHttp2Session[] = []
beforeEach(async () => {
  const held = new Promise<void>((resolve) => (release = resolve))
  app = await createService(
    async (service) => {
      service.get('/books/:id', async ({ headers, ip }) => ({ host: headers.host ?? null, ip }))
      service.post('/books/:id', async ({ body }) => ({ body }))
      service.get('/held', async () => held.then(() => ({ held: true })))
    },
    { name: 'books', version: 'v1' },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  release()
  for (const session of sessions.splice(0)) session.destroy()
  await app.close()
})

const address = () => app.server.address() as AddressInfo

function open(port = address().port): ClientHttp2Session {
  const opened = connect(`http://127.0.0.1:${port}`).on('error', () => {})
  sessions.push(opened)
  return opened
}

/** Status, headers and body of the answer to `headers`, or the code of the error that ended the stream. */
async function ask(client: ClientHttp2Session, headers: Record<string, string | string[]>, body?: string) {
  const stream = client.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  if (!stream.readableEnded) await once(stream, 'end')
  return { status: answer[':status'], headers: answer, body: text }
}

test('a request by HTTP/2 gets the answer that one by HTTP/1.1 gets', async () => {
  const { status, headers, body } = await ask(open(), { ':path': '/books/0', ':authority': 'books:9080' })
  expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'application/json; charset=utf-8', 'nosniff'])
  expect(JSON.parse(body)).toEqual({ host: 'books:9080', ip: '127.0.0.1' })
})

test('a body is read with a length and without', async () => {
  const client = open()
  const post = { ':path': '/books/0', ':method': 'POST', 'content-type': 'application/json' }
  expect(await ask(client, post, '{"a":1}')).toMatchObject({ status: 200, body: '{"body":{"a":1}}' })
  expect(await ask(client, { ...post, 'content-length': '7' }, '{"a":1}')).toMatchObject({ status: 200, body: '{"body":{"a":1}}' })
  expect(await ask(client, { ':path': '/books/0', ':method': 'POST' }, '{"a":1}')).toMatchObject({ status: 415 })
})

test.each([
  ['percent-encoding in the path', { ':path': '/books/%30' }, 400, 'please send the path without percent-encoding'],
  ['an authority with a list', { ':authority': 'a,b' }, 400, 'please send one Host header, with the name or address of a host'],
  ['a Host that is not the authority', { ':authority': 'a', host: 'b' }, 400, /Host header/],
  ['an unknown path', { ':path': '/nothing' }, 404, 'no such route'],
  ['another spelling of a path', { ':path': '//books/0' }, 404, 'no such route'],
  ['a wrong method', { ':method': 'PUT' }, 405, 'please use a method that the Allow header names'],
  ['an unknown expectation', { expect: 'the unexpected' }, 417, /Expect/],
])('%s is refused as by HTTP/1.1', async (_what, headers: Record<string, string>, status, error) => {
  const answer = await ask(open(), { ':path': '/books/0', ':authority': 'a', ...headers })
  expect(answer.status).toBe(status)
  expect(JSON.parse(answer.body).error).toMatch(error)
})

test('the host may stand in a Host header', async () => {
  const client = open()
  const { body } = await ask(client, { ':path': '/books/0', host: 'books' })
  expect(JSON.parse(body).host).toBe('books')
})

test('a CONNECT is a 405 that names the methods there are', async () => {
  const stream = open().request({ ':method': 'CONNECT', ':authority': 'b:80' })
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  stream.destroy()
  expect([headers[':status'], headers['connection']]).toEqual([405, undefined])
})

test('headers of more than 16 kB are refused', async () => {
  expect((await ask(open(), { ':path': '/books/0', big: 'x'.repeat(15 * 1024) })).status).toBe(200)
  expect((await ask(open(), { ':path': '/books/0', big: 'x'.repeat(17 * 1024) })).status).toBe(431)
  const stream = open().request({ ':path': '/books/0', big: 'x'.repeat(70 * 1024) })
  await expect(once(stream, 'response')).rejects.toThrow(/ENHANCE_YOUR_CALM|COMPRESSION|PROTOCOL|REFUSED|CANCEL/)
})

test('one connection carries many requests at a time', async () => {
  const client = open()
  const held = ask(client, { ':path': '/held' })
  expect((await ask(client, { ':path': '/books/1' })).status).toBe(200)
  release()
  expect(await held).toMatchObject({ status: 200, body: '{"held":true}' })
})

test('a preface that comes byte by byte is understood, and a request of HTTP/1.1 that begins like it', async () => {
  const socket = connectTcp(address().port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  for (const byte of preface) {
    socket.write(Uint8Array.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  const [settings] = (await once(socket, 'data')) as [Buffer]
  expect(settings[3]).toBe(4)
  socket.destroy()

  const slow = connectTcp(address().port, '127.0.0.1').setNoDelay(true)
  await once(slow, 'connect')
  for (const part of ['P', 'RI', ' * HTTP/1.1\r\nhost: a\r\n\r\n']) {
    slow.write(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 400 /)
  slow.destroy()
})

test('clients that are gone before their first byte leave nothing behind', async () => {
  for (let round = 0; round < 20; round++) {
    const socket = connectTcp(address().port, '127.0.0.1')
    await once(socket, 'connect')
    if (round % 3 === 0) socket.write('PRI * HT')
    if (round % 2 === 0) socket.resetAndDestroy()
    else socket.end()
    await once(socket, 'close')
  }
  await expect.poll(() => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))).toBe(0)
})

test('a connection that says nothing does not hold up the end', async () => {
  const socket = connectTcp(address().port, '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await expect.poll(() => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))).toBe(1)
  await app.close()
  await closed
})

test('draining asks to open no more streams, serves those that are on their way, and closes after the last one', async () => {
  const client = open()
  const goaways: number[] = []
  client.on('goaway', (_code, last: number) => goaways.push(last))
  const held = ask(client, { ':path': '/held' })
  await ask(client, { ':path': '/books/0' })
  const closed = once(client, 'close')
  app.drain()
  expect((await ask(client, { ':path': '/books/0' })).status).toBe(200)
  await expect.poll(() => goaways.length).toBe(2)
  expect(goaways[0]).toBe(2 ** 31 - 1)
  release()
  expect((await held).status).toBe(200)
  await closed
})

test('a connection that is opened while draining is served once, and asked to leave', async () => {
  app.drain()
  const client = open()
  const closed = once(client, 'close')
  expect((await ask(client, { ':path': '/readyz' })).status).toBe(503)
  await closed
})

test('closing waits for the streams that are open', async () => {
  const client = open()
  const held = ask(client, { ':path': '/held' })
  await ask(client, { ':path': '/books/0' })
  const closing = app.close()
  release()
  expect((await held).status).toBe(200)
  await closing
})

test('trace headers that came by HTTP/2 travel on, and pseudo-headers do not', async () => {
  const outbound = createOutbound({ keepAlive: false })
  const target = await createService(async (service) => void service.get('/x', async ({ headers }) => headers), {
    name: 'x',
    version: 'v1',
  })
  const url = await target.listen({ host: '127.0.0.1', port: 0 })
  const front = await createService(
    async (service) => void service.get('/', async (request) => outbound.get(request, `${url}/x`, { timeoutMs: patience })),
    { name: 'front', version: 'v1' },
  )
  await front.listen({ host: '127.0.0.1', port: 0 })
  const { body } = await ask(open((front.server.address() as AddressInfo).port), {
    ':path': '/',
    'x-b3-traceid': 'a',
    b3: '0',
    cookie: ['a=1', 'b=2'],
  })
  const headers = JSON.parse(body).body
  expect(headers).toMatchObject({ 'x-b3-traceid': 'a', b3: '0', cookie: 'a=1; b=2' })
  expect(Object.keys(headers).filter((name) => name.startsWith(':'))).toEqual([])
  await Promise.all([front.close(), target.close(), outbound.close()])
})

test('a client by HTTP/2 that goes away ends the calls made for it', async () => {
  const outbound = createOutbound({ keepAlive: false })
  const failure = Promise.withResolvers<string>()
  const front = await createService(
    async (service) =>
      void service.get('/', async (request) => {
        const call = outbound.get(request, `http://127.0.0.1:${address().port}/held`, { timeoutMs: 5 * patience })
        call.catch(({ message }: Error) => failure.resolve(message))
        return call
      }),
    { name: 'front', version: 'v1' },
  )
  await front.listen({ host: '127.0.0.1', port: 0 })
  const arrived = once(app.server, 'request')
  const stream = open((front.server.address() as AddressInfo).port).request({ ':path': '/' })
  await arrived
  stream.close(8)
  expect(await failure.promise).toBe('caller gone')
  await Promise.all([front.close(), outbound.close()])
})

let service: ServiceProcess | undefined
afterEach(() => service?.child.kill('SIGKILL'))

test('SIGTERM loses no stream, and exits 0', async () => {
  service = await startService(join(import.meta.dirname, 'fixtures/hello-main.ts'), { DRAIN_DELAY_MS: '0' })
  const slow = ask(open(service.port), { ':path': '/slow' })
  await expect.poll(service.output).toContain('slow is asked')
  const code = service.stop()
  expect(await slow).toMatchObject({ status: 200, body: '{"greeting":"at last"}' })
  expect(await code).toBe(0)
})

test('HTTP/1.1 stays what it was: connections are kept, and bodies of many packets read', async () => {
  const agentless = await new Promise<string | undefined>((resolve) => {
    httpGet(`http://127.0.0.1:${address().port}/books/0`, { headers: { connection: 'keep-alive' } }, (answer) => {
      answer.resume()
      resolve(answer.headers['connection'])
    })
  })
  expect(agentless).toBe('keep-alive')
  const socket = connectTcp(address().port, '127.0.0.1').setNoDelay(true)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const body = JSON.stringify('x'.repeat(20_000))
  for (let round = 0; round < 3; round++) {
    socket.write(`POST /books/0 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`)
    for (let at = 0; at < body.length; at += 4000) {
      socket.write(body.slice(at, at + 4000))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => text.match(/HTTP\/1\.1 200/g)?.length).toBe(round + 1)
  }
  socket.destroy()
})
