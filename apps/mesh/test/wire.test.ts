/** HTTP on the wire: streams, upgrades, and clients and servers that do not play by the rules. */
import { once } from 'node:events'
import { createServer, get as httpGet, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { patience } from '@bookinfo/tools/eventually'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listen } from '../src/proxy/listener.ts'
import { hits, startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
  lab.apply(destinationRule() + virtualService(toV(1)))
})
afterEach(() => lab.close())

/** Sends raw bytes to productpage's door for reviews and gives what comes back until the connection ends or `until` is there. */
async function raw(bytes: string, until?: RegExp): Promise<string> {
  const socket = connect(lab.ports.reviews, '127.0.0.1')
  socket.write(bytes, 'latin1')
  let text = ''
  const limit = setTimeout(() => socket.destroy(), patience)
  try {
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1')
      if (until?.test(text)) break
    }
  } catch {
    // A reset ends it too.
  }
  clearTimeout(limit)
  socket.destroy()
  return text
}

const head = 'Host: reviews\r\n'

test.each([
  ['a length and chunks at once', `POST / HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two different lengths', `POST / HTTP/1.1\r\n${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
  ['a length that is none', `POST / HTTP/1.1\r\n${head}Content-Length: +5\r\n\r\nhello`],
  ['a folded field', `GET / HTTP/1.1\r\n${head}X-Folded: a\r\n b\r\n\r\n`],
  ['a blank before the colon', `GET / HTTP/1.1\r\n${head}X-Blank : a\r\n\r\n`],
  ['a bare CR', `GET / HTTP/1.1\r\n${head}X-Bare: a\rb: c\r\n\r\n`],
  ['a bare LF in chunks', `POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`],
  ['a NUL in a value', `GET / HTTP/1.1\r\n${head}X-Nul: a\0b\r\n\r\n`],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a fragment in the target', `GET /#x HTTP/1.1\r\n${head}\r\n`],
  ['a target that is not a path', `GET reviews HTTP/1.1\r\n${head}\r\n`],
])('%s is refused with 400 and reaches no workload', async (_name, bytes) => {
  expect(await raw(bytes, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /)
  expect(hits(lab, 'reviews')).toBe(0)
})

test('headers of 60 kB pass, larger ones are 431', async () => {
  expect(await raw(`GET / HTTP/1.1\r\n${head}X-Big: ${'a'.repeat(50_000)}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (200|431) /)
  expect(await raw(`GET / HTTP/1.1\r\n${head}X-Big: ${'a'.repeat(80_000)}\r\n\r\n`, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 431 /)
})

test('hop-by-hop fields end at the proxy, those that Connection names too', async () => {
  lab.behave(
    'reviews-v1-0',
    (_incoming, response) => void response.writeHead(200, { connection: 'x-mine, keep-alive', 'x-mine': 'a', 'x-yours': 'b' }).end(),
  )
  const answer = await raw(
    `GET / HTTP/1.1\r\n${head}Connection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\nProxy-Connection: x\r\nX-Kept: 1\r\n\r\n`,
  )
  const { headers } = lab.seen['reviews-v1-0']![0]!
  expect(headers['x-kept']).toBe('1')
  for (const name of ['x-secret', 'keep-alive', 'te', 'proxy-connection']) expect(headers[name]).toBeUndefined()
  expect(answer).toMatch(/x-yours: b/)
  expect(answer).not.toMatch(/x-mine/)
})

test('dot segments are resolved before rules and application see the path', async () => {
  await raw(`GET /a/../reviews/./0/%2e%2e/1?x=/../ HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
  expect(lab.seen['reviews-v1-0']![0]!.url).toBe('/reviews/1?x=/../')
})

test('duplicate fields stay apart and in order', async () => {
  await lab.call('/', { headers: { 'x-many': ['1', '2', '3'] } })
  expect(lab.seen['reviews-v1-0']![0]!.headersDistinct['x-many']).toEqual(['1', '2', '3'])
  lab.behave('reviews-v1-0', (_incoming, response) => void response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end())
  expect((await lab.call('/')).headers['set-cookie']).toEqual(['a=1', 'b=2'])
})

test('large bodies stream both ways, byte for byte, and a slow reader holds the sender back', async () => {
  lab.behave('reviews-v1-0', (incoming, response) => void incoming.pipe(response))
  const sent = Buffer.alloc(16 * 1024 * 1024, 'abcdefgh')
  const outgoing = request({ host: '127.0.0.1', port: lab.ports.reviews, method: 'POST', path: '/', agent: false })
  outgoing.end(sent)
  const [incoming] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
  let bytes = 0
  let reads = 0
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length
    if (++reads % 50 === 0) await sleep(1)
  }
  expect(bytes).toBe(sent.length)
})

test('an answer without an end is not gathered in memory', async () => {
  // More than the buffers of all sockets on the way hold.
  const most = 128 * 1024 * 1024
  let poured = 0
  lab.behave('reviews-v1-0', (_incoming, response) => {
    const block = Buffer.alloc(64 * 1024)
    const pour = () => {
      while (!response.destroyed && poured < most) {
        poured += block.length
        if (!response.write(block)) break
      }
      response.once('drain', pour)
    }
    pour()
  })
  const socket = connect(lab.ports.reviews, '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\n${head}\r\n`)
  socket.pause()
  let before = 0
  // Held back, or at the end of what it has: either way nothing more comes between two looks.
  await expect.poll(() => [poured > 0 && poured === before, (before = poured)][0], { interval: 200 }).toBe(true)
  expect(poured).toBeLessThan(most)
  socket.destroy()
  expect((await lab.call('/x', { service: 'details:9080' })).status).toBe(200)
})

test('chunks pass as they come, with no wait for the end', async () => {
  let release = () => {}
  lab.behave('reviews-v1-0', (_incoming, response) => {
    response.write('first')
    release = () => void response.end('second')
  })
  const incoming = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    httpGet({ port: lab.ports.reviews, host: '127.0.0.1', agent: false }, resolve),
  )
  const [first] = await once(incoming, 'data')
  expect(String(first)).toBe('first')
  release()
  const [second] = await once(incoming, 'data')
  expect(String(second)).toBe('second')
})

test('headers pass before there is a body', async () => {
  lab.behave('reviews-v1-0', (_incoming, response) => response.writeHead(200, { 'x-early': 'yes' }).flushHeaders())
  expect(await raw(`GET / HTTP/1.1\r\n${head}\r\n`, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 OK\r\nx-early: yes\r\n/)
})

test('what is refused stands in the access log', async () => {
  await raw(`CONNECT reviews:9080 HTTP/1.1\r\n${head}\r\n`, /\r\n\r\n/)
  await raw('GET / HTTP/1.1\r\n\r\n', /\r\n\r\n/)
  await expect
    .poll(() => lab.records.map(({ status, flags }) => [status, flags]))
    .toEqual([
      [404, ['NR']],
      [400, ['DPE']],
    ])
})

test('a policy holds however its path is spelled', async () => {
  lab.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny}
spec:
  action: DENY
  selector: {matchLabels: {app: reviews}}
  rules: [{to: [{operation: {paths: [/reviews/0]}}]}]
`)
  for (const path of ['/reviews/0', '/reviews/%30', '/%72eviews/0', '/a/../reviews/0', '/a\\..\\reviews\\0', '/a/%2e%2E/reviews/0'])
    expect([path, (await raw(`GET ${path} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)).slice(9, 12)]).toEqual([path, '403'])
})

test('trailers of the answer pass', async () => {
  lab.behave('reviews-v1-0', (_incoming, response) => {
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '42' })
    response.end()
  })
  const incoming = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    httpGet({ port: lab.ports.reviews, host: '127.0.0.1', agent: false }, resolve),
  )
  incoming.resume()
  await once(incoming, 'end')
  expect(incoming.trailers).toEqual({ 'x-sum': '42' })
})

test('HEAD, 204 and 304 have no body', async () => {
  lab.behave('reviews-v1-0', (incoming, response) => {
    if (incoming.method === 'HEAD') response.writeHead(200, { 'content-length': '1234' }).end()
    else response.writeHead(incoming.url === '/204' ? 204 : 304).end()
  })
  const answer = await lab.call('/', { method: 'HEAD' })
  expect(answer).toMatchObject({ status: 200, body: '' })
  expect(answer.headers['content-length']).toBe('1234')
  expect((await lab.call('/204')).status).toBe(204)
  expect((await lab.call('/304')).status).toBe(304)
})

test('a WebSocket is passed through both ways, headers and all', async () => {
  const echo = createServer().on('upgrade', (incoming, socket: Socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${incoming.headers['sec-websocket-key']}\r\n\r\n`,
    )
    socket.pipe(socket)
  })
  const port = await listen(echo, 0, '127.0.0.1')
  const external = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: echo}
spec:
  hosts: [echo.test]
  ports: [{number: ${port}, name: http, protocol: HTTP}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
`
  lab.apply(external)
  const socket = connect(lab.ports.any, '127.0.0.1')
  socket.write(
    `GET /chat HTTP/1.1\r\nHost: echo.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n`,
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  expect(String(answer).toLowerCase()).toContain('sec-websocket-accept: abc')
  socket.write('hello')
  const [hello] = await once(socket, 'data')
  expect(String(hello)).toBe('hello')
  socket.destroy()
  await expect.poll(() => lab.records.length).toBe(1)
  echo.closeAllConnections()
  echo.close()
})

test('an upgrade that the application refuses is an ordinary answer', async () => {
  lab.behave('reviews-v1-0', (_incoming, response) => void response.writeHead(403).end('no'))
  const answer = await raw(`GET / HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 (403|200|426) /)
})

test('an early answer does not wait for an endless body', async () => {
  lab.apply(virtualService('- directResponse: {status: 403, body: {string: denied}}'))
  const socket = connect(lab.ports.reviews, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST / HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`)
  const timer = setInterval(() => socket.write('5\r\nhello\r\n'), 20)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
})

test('a client that leaves ends the call upstream', async () => {
  let gone = false
  lab.behave('reviews-v1-0', (_incoming, response) => void response.on('close', () => (gone = true)))
  const abort = new AbortController()
  const call = fetch(`http://127.0.0.1:${lab.ports.reviews}/`, { signal: abort.signal }).catch(() => 'gone')
  await expect.poll(() => hits(lab, 'reviews-v1')).toBe(1)
  abort.abort()
  expect(await call).toBe('gone')
  await expect.poll(() => gone).toBe(true)
  await expect.poll(() => lab.records.at(-1)?.flags).toContain('DC')
})
