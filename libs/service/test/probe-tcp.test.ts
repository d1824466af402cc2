import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startService } from '@bookinfo/tools/service-process'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { call } from '../src/probe/call.ts'
import type { CallOrder, CallResult } from '../src/probe/order.ts'
import { selfSigned } from '../src/probe/self-signed.ts'
import { tcpEcho, tlsEcho } from '../src/probe/tcp-echo.ts'

const self = { namespace: 'default', service: 'ratings', version: 'v2', pod: 'ratings-v2-a' }
const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

const folder = mkdtempSync(join(tmpdir(), 'tls-echo-'))
const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
beforeAll(() => {
  const subject = ['-subj', '/CN=ratings', '-addext', 'subjectAltName=DNS:ratings', '-days', '2']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', files.key, '-out', files.certificate, ...subject], {
    stdio: 'ignore',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** All that the echo says to `bytes`, after which the client ends its direction; `reset` where the connection breaks. */
async function talk(bytes: string | Buffer, server = tcpEcho(self)) {
  const socket = connect({ host: '127.0.0.1', port: await listening(server), allowHalfOpen: true })
  sockets.push(socket)
  let text = ''
  let isReset = false
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => (isReset = true))
  socket.end(bytes)
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  const [greeting = '', ...rest] = text.split('\n')
  return { greeting, rest: rest.join('\n'), isReset }
}

test('an echo greets with who answers and whom it sees, sends back what comes, and counts it', async () => {
  const { greeting, rest } = await talk('hello\nworld')
  expect(greeting).toMatch(/^ratings\/v2\/ratings-v2-a 127\.0\.0\.1:[0-9]+$/)
  expect(rest).toBe('hello\nworld\nreceived 11\n')
})

test('it speaks first, and to a client that says nothing', async () => {
  expect((await talk('')).rest).toBe('\nreceived 0\n')
})

test('megabytes come back whole, to a client that reads slowly too', async () => {
  const sent = Buffer.alloc(5_000_000, 'abcdefghij')
  const { rest } = await talk(sent)
  expect(rest.length).toBe(sent.length + '\nreceived 5000000\n'.length)
  expect(rest.startsWith(sent.toString())).toBe(true)
})

test.each([
  ['!bytes=1000\nhello', `${'x'.repeat(1000)}\nreceived 5\n`],
  ['!half-close\nhello', ''],
  ['!delay=20\nhello', 'hello\nreceived 5\n'],
  ['!\nhello', 'hello\nreceived 5\n'],
  ['!no end', '!no end\nreceived 7\n'],
  [`!${'a'.repeat(300)}`, `!${'a'.repeat(300)}\nreceived 301\n`],
  ['!delay=-5 reset=x y=1=2 bytes=no\n', ''],
])('to %j it answers %j', async (sent, expected) => {
  const { rest } = await talk(sent)
  if (expected !== '') expect(rest).toBe(expected)
  else expect(rest).not.toContain('received')
})

test('after half-close it goes on to read', async () => {
  const server = tcpEcho(self)
  const arrived: number[] = []
  server.on('connection', (socket: Socket) => socket.on('data', (chunk: Buffer) => arrived.push(chunk.length)))
  const socket = connect({ host: '127.0.0.1', port: await listening(server), allowHalfOpen: true })
  sockets.push(socket)
  socket.resume()
  socket.write('!half-close\n')
  await once(socket, 'end')
  socket.end('x'.repeat(1000))
  await expect.poll(() => arrived.reduce((sum, length) => sum + length, 0)).toBe('!half-close\n'.length + 1000)
})

test.each(['!reset=0\nhello', '!reset=3\nhello'])('%j resets the connection', async (sent) => {
  const socket = connect(await listening(tcpEcho(self)), '127.0.0.1')
  sockets.push(socket)
  socket.resume()
  const failed = once(socket, 'error')
  failed.catch(() => {})
  socket.write(sent)
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
  expect(error.code).toBe('ECONNRESET')
})

test('a silent connection is closed', async () => {
  const socket = connect(await listening(tcpEcho(self, 50)), '127.0.0.1')
  sockets.push(socket)
  socket.resume()
  await once(socket, 'close')
})

const order = (fields: object) =>
  ({
    method: 'GET',
    protocol: 'h1',
    headers: {},
    count: 1,
    concurrency: 1,
    pauseMs: 0,
    timeoutMs: 5000,
    brief: false,
    ...fields,
  }) as CallOrder

const one = async (fields: object, port: number) =>
  (await call(order(fields), { detour: `127.0.0.1:${port}` }, new AbortController().signal))[0] as CallResult

test('a probe calls by TCP, and reports who answered, whom it saw and what came back', async () => {
  const port = await listening(tcpEcho(self))
  expect(await one({ url: 'tcp://ratings:9082', body: 'hello' }, port)).toMatchObject({
    status: 200,
    servedBy: { service: 'ratings', version: 'v2', pod: 'ratings-v2-a' },
    headers: { received: '5', client: expect.stringMatching(/^127\.0\.0\.1:/) },
    body: 'hello\nreceived 5\n',
    bytes: 5,
  })
  expect(await one({ url: 'tcp://ratings:9082', bytes: 3_000_000, brief: true }, port)).toMatchObject({ status: 200, bytes: 3_000_000 })
})

test('a probe calls by TLS, and reports the name that arrived', async () => {
  const port = await listening(tlsEcho(self, files))
  const named = await one({ url: 'tls://ratings:9083', body: 'hi' }, port)
  expect(named).toMatchObject({ status: 200, headers: { 'server-name': 'ratings', received: '2' } })
  expect(await one({ url: 'tls://ratings:9083', serverName: 'other.example' }, port)).toMatchObject({
    headers: { 'server-name': 'other.example' },
  })
})

test('without files the echo by TLS has a certificate for its names, which OpenSSL accepts', async () => {
  const port = await listening(tlsEcho(self))
  const { certificate } = selfSigned(['ratings', 'ratings.default'])
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificate, encoding: 'utf8' })
  expect(text).toContain('DNS:ratings, DNS:ratings.default')
  const socket = connectTls({ host: '127.0.0.1', port, servername: 'ratings.default', rejectUnauthorized: false })
  sockets.push(socket)
  await once(socket, 'secureConnect')
  const { subjectaltname } = socket.getPeerCertificate()
  expect(subjectaltname).toBe('DNS:ratings, DNS:ratings.default, DNS:ratings.default.svc.cluster.local, DNS:*.example')
})

test.each([
  ['a reset', { url: 'tcp://ratings:9082', body: '!reset=0\n' }, 'ECONNRESET'],
  ['an answer that takes too long', { url: 'tcp://ratings:9082', body: '!delay=5000\nx', timeoutMs: 50 }, 'timeout'],
  ['TCP where TLS is expected', { url: 'tls://ratings:9082' }, /./],
])('%s is reported', async (_what, fields, error) => {
  const result = await one(fields, await listening(tcpEcho(self)))
  expect(result.status).toBe(0)
  expect(result.error).toMatch(error)
})

test('what does not speak TLS ends no service', async () => {
  const port = await listening(tlsEcho(self, files))
  expect((await one({ url: 'tcp://ratings:9083', body: 'plain' }, port)).status).toBe(0)
  expect((await one({ url: 'tls://ratings:9083' }, port)).status).toBe(200)
})

const main = join(import.meta.dirname, 'fixtures/hello-main.ts')

test('with probes a service listens on the ports for TCP and TLS', async () => {
  const [tcp, tls] = [await freePort(), await freePort()]
  const service = await startService(main, {
    BOOKINFO_PROBE: 'on',
    PROBE_TCP_PORT: String(tcp),
    PROBE_TLS_PORT: String(tls),
    PROBE_TLS_CERT: files.certificate,
    PROBE_TLS_KEY: files.key,
    DRAIN_DELAY_MS: '0',
  })
  onTestFinished(() => void service.child.kill('SIGKILL'))
  expect(await one({ url: 'tcp://hello:9082' }, tcp)).toMatchObject({ servedBy: { service: 'hello' } })
  expect(await one({ url: 'tls://hello:9083' }, tls)).toMatchObject({ servedBy: { service: 'hello' } })
  expect(await service.stop()).toBe(0)
})

test.each([
  [{ BOOKINFO_PROBE: 'on', PROBE_TLS_PORT: '1', PROBE_TLS_CERT: '/a' }, /PROBE_TLS_CERT or PROBE_TLS_KEY is not set: expected both/],
  [
    { BOOKINFO_PROBE: 'on', PROBE_TLS_PORT: '1', PROBE_TLS_CERT: '/nothing', PROBE_TLS_KEY: '/nothing' },
    /hello: PROBE_TLS_CERT or PROBE_TLS_KEY cannot be used .*\/nothing/,
  ],
])('%j ends with one line', async (env: Record<string, string>, line) => {
  await expect(startService(main, env)).rejects.toThrow(line)
})

test('where a proxy makes the connections, it is asked for the host by CONNECT', async () => {
  const echoes: Readonly<Record<string, number>> = {
    'ratings:9082': await listening(tcpEcho(self)),
    'ratings:9083': await listening(tlsEcho(self, files)),
  }
  const proxy = createHttpServer().on('connect', ({ url = '' }, socket: Socket) => {
    const port = echoes[url]
    if (port === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    return socket.pipe(connect({ port, host: '127.0.0.1', allowHalfOpen: true })).pipe(socket)
  })
  const tunnel = `127.0.0.1:${await listening(proxy)}`
  const through = async (fields: object) => (await call(order(fields), { tunnel }, new AbortController().signal))[0]
  expect(await through({ url: 'tcp://ratings:9082', body: 'hello' })).toMatchObject({ status: 200, headers: { received: '5' }, bytes: 5 })
  expect(await through({ url: 'tls://ratings:9083' })).toMatchObject({ status: 200, headers: { 'server-name': 'ratings' } })
  expect(await through({ url: 'tcp://details:9082' })).toMatchObject({ status: 0, error: 'the proxy answers 502' })
})
