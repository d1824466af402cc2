import type { FastifyInstance } from 'fastify'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createService } from '../src/create-service.ts'
import { rawRequest } from './fixtures/raw-request.ts'

let app: FastifyInstance
beforeEach(async () => {
  app = await createService(
    async (service) => {
      service.get('/books/:id', async ({ headers }) => ({ host: headers.host ?? null }))
      service.post('/books/:id', async ({ body }) => ({ body }))
      service.post('/only-post', async () => ({}))
      service.get('/slow', async () => {
        await sleep(100)
        return { slow: true }
      })
    },
    { name: 'books', version: 'v1' },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => app.close())

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Each answer in `text`: status, headers by their small names, body. */
function answersIn(text: string): Answer[] {
  return text.split(/(?=HTTP\/1\.1 \d)/).map((answer) => {
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const [first = '', ...lines] = head.split('\r\n')
    const headers = lines.map((line) => [line.split(': ', 1)[0]!.toLowerCase(), line.slice(line.indexOf(': ') + 2)])
    return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) as Record<string, string>, body }
  })
}

/** The answer to one request, after which the connection ends. */
const ask = async (bytes: string) => answersIn(await rawRequest(app.server, bytes, /\r\n\r\n/))[0]!

const host = 'host: a\r\n'
const close = 'connection: close\r\n'

test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY'])(
  '%s on a path of GET and POST is a 405 that names the methods there are',
  async (method) => {
    const { status, headers, body } = await ask(`${method} /books/0 HTTP/1.1\r\n${host}${close}\r\n`)
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS, POST'])
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(body)).toEqual({ error: 'please use a method that the Allow header names' })
  },
)

test.each([
  ['/livez', 'GET, HEAD, OPTIONS'],
  ['/readyz', 'GET, HEAD, OPTIONS'],
  ['/metrics', 'GET, HEAD, OPTIONS'],
  ['/docs', 'GET, HEAD, OPTIONS'],
  ['/openapi.json', 'GET, HEAD, OPTIONS'],
  ['/only-post', 'OPTIONS, POST'],
])('the methods of %s are %s, for OPTIONS and for a wrong one', async (path, allow) => {
  const options = await ask(`OPTIONS ${path} HTTP/1.1\r\n${host}${close}\r\n`)
  expect([options.status, options.headers['allow'], options.body]).toEqual([204, allow, ''])
  const wrong = await ask(`PUT ${path} HTTP/1.1\r\n${host}${close}\r\n`)
  expect([wrong.status, wrong.headers['allow']]).toEqual([405, allow])
})

test('HEAD where there is only POST is a 405 without a body', async () => {
  const { status, headers, body } = await ask(`HEAD /only-post HTTP/1.1\r\n${host}${close}\r\n`)
  expect([status, headers['allow'], body]).toEqual([405, 'OPTIONS, POST', ''])
})

test.each(['GET', 'OPTIONS', 'PUT', 'PROPFIND'])('%s on an unknown path is a 404', async (method) => {
  const { status, headers, body } = await ask(`${method} /nothing HTTP/1.1\r\n${host}${close}\r\n`)
  expect([status, headers['allow'], body]).toEqual([404, undefined, '{"error":"no such route"}'])
})

test('OPTIONS * names the methods of the whole service', async () => {
  const { status, headers } = await ask(`OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`)
  expect([status, headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS, POST'])
})

test.each([
  ['PUT /books/0', 405],
  ['POST /nothing', 404],
])('the body of %s is not read before it is a %i', async (line, expected) => {
  const { status } = await ask(`${line} HTTP/1.1\r\n${host}${close}content-type: application/json\r\ncontent-length: 1\r\n\r\n{`)
  expect(status).toBe(expected)
})

const error = {
  request: 'please send a valid request',
  host: 'please send one Host header, with the name or address of a host',
  method: 'please use a method that the Allow header names',
  coding: 'please send the body with no Transfer-Encoding other than chunked',
  version: 'please send HTTP/1.1 or HTTP/1.0',
  expect: 'please send Expect with 100-continue only, or without it',
}
const get = 'GET /books/0 HTTP/1.1\r\n'
const post = 'POST /books/0 HTTP/1.1\r\ncontent-type: application/json\r\n'

test.each([
  ['two Host headers', `${get}${host}host: b\r\n\r\n`, 400, error.host],
  ['two equal Host headers', `${get}${host}${host}\r\n`, 400, error.host],
  ['no Host header', `${get}\r\n`, 400, error.host],
  ['an empty Host header', `${get}host:\r\n\r\n`, 400, error.host],
  ['a Host with a space', `${get}host: a b\r\n\r\n`, 400, error.host],
  ['a Host with a path', `${get}host: a/b\r\n\r\n`, 400, error.host],
  ['a Host with a user', `${get}host: me@a\r\n\r\n`, 400, error.host],
  ['a Host with a list', `${get}host: a, b\r\n\r\n`, 400, error.host],
  ['a Host with a port that is none', `${get}host: a:b\r\n\r\n`, 400, error.host],
  ['a Host with other bytes', `${get}host: \xe4\r\n\r\n`, 400, error.host],
  ['a user in the target', `GET http://me@b/books/0 HTTP/1.1\r\n${host}\r\n`, 400, error.host],
  ['a target with a host, and no Host header', 'GET http://b/books/0 HTTP/1.1\r\n\r\n', 400, error.host],
  ['two lengths', `${post}${host}content-length: 2\r\ncontent-length: 2\r\n\r\n{}`, 400, error.request],
  ['a list of lengths', `${post}${host}content-length: 2, 2\r\n\r\n{}`, 400, error.request],
  ['a length with a sign', `${post}${host}content-length: +2\r\n\r\n{}`, 400, error.request],
  ['a length and chunks', `${post}${host}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, 400, error.request],
  ['chunks that are none', `${post}${host}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, error.request],
  ['chunks in HTTP/1.0', `POST /books/0 HTTP/1.0\r\n${host}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400, error.request],
  ['a coding below chunks', `${post}${host}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501, error.coding],
  ['a coding that is not chunked', `${post}${host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, 501, error.coding],
  ['a folded header', `${get}${host}a: b\r\n c\r\n\r\n`, 400, error.request],
  ['a space before a colon', `${get}${host}a : b\r\n\r\n`, 400, error.request],
  ['lines without carriage returns', 'GET /books/0 HTTP/1.1\nhost: a\n\n', 400, error.request],
  ['an unknown expectation', `${get}${host}expect: the unexpected\r\n\r\n`, 417, error.expect],
  ['HTTP/2.0 in words', `GET /books/0 HTTP/2.0\r\n${host}\r\n`, 505, error.version],
  ['HTTP/0.9', 'GET /books/0\r\n\r\n', 505, error.version],
  ['the preface of HTTP/2 after a request', `PRI * HTTP/1.1\r\n${host}\r\n`, 400, error.request],
  ['a CONNECT', 'CONNECT b:80 HTTP/1.1\r\nhost: b:80\r\n\r\n', 405, error.method],
])('%s: one error, and the connection closes', async (_what, bytes, expected, message) => {
  const text = await rawRequest(app.server, bytes)
  const [answer, ...others] = answersIn(text)
  expect(others).toEqual([])
  expect([answer!.status, answer!.headers['connection']]).toEqual([expected, 'close'])
  expect(answer!.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(JSON.parse(answer!.body)).toEqual({ error: message })
})

test('the answer to CONNECT names the allowed methods', async () => {
  const [answer] = answersIn(await rawRequest(app.server, 'CONNECT b:80 HTTP/1.1\r\nhost: b:80\r\n\r\n'))
  expect(answer!.headers['allow']).toBe('GET, HEAD, OPTIONS, POST')
})

test.each([
  ['/books/0#x', 'please send the path without a fragment (#)'],
  ['/books/0?a#x', 'please send the path without a fragment (#)'],
  ['/books/%30', 'please send the path without percent-encoding'],
  ['/%62ooks/0', 'please send the path without percent-encoding'],
  ['*', error.request],
  ['ftp://a/books/0', error.request],
])('the target %s is a 400', async (target, message) => {
  const { status, body } = await ask(`GET ${target} HTTP/1.1\r\n${host}${close}\r\n`)
  expect([status, JSON.parse(body)]).toEqual([400, { error: message }])
})

test.each(['/books/0/', '//books/0', '/books//0', '/./books/0', '/x/../books/0', '/BOOKS/0', '/books;x/0', '/books\\0'])(
  '%s is not another spelling of /books/0',
  async (target) => {
    expect((await ask(`GET ${target} HTTP/1.1\r\n${host}${close}\r\n`)).status).toBe(404)
  },
)

test.each(['a', 'a.b-c_d:8080', '10.0.0.1', '[::1]:9080', 'A:1'])('%s is a host', async (value) => {
  const { status, body } = await ask(`GET /books/0 HTTP/1.1\r\nhost: ${value}\r\n${close}\r\n`)
  expect([status, JSON.parse(body)]).toEqual([200, { host: value }])
})

test('HTTP/1.0 needs no Host header', async () => {
  expect((await ask('GET /books/0 HTTP/1.0\r\n\r\n')).status).toBe(200)
})

test('the host in a target counts, and not that in the header', async () => {
  const { status, body } = await ask(`GET http://b:9080/books/0?x HTTP/1.1\r\n${host}${close}\r\n`)
  expect([status, JSON.parse(body)]).toEqual([200, { host: 'b:9080' }])
})

test('a target that is a host only has the path /', async () => {
  expect((await ask(`GET http://b?x=/books/0 HTTP/1.1\r\n${host}${close}\r\n`)).status).toBe(404)
})

test('100-continue is said before the body is sent', async () => {
  const text = await rawRequest(app.server, `${post}${host}${close}expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}`)
  expect(answersIn(text).map(({ status }) => status)).toEqual([100, 200])
})

test.each(['websocket', 'h2c'])('an upgrade to %s is not made, and the request is answered', async (protocol) => {
  const { status } = await ask(`${get}${host}connection: upgrade, close\r\nupgrade: ${protocol}\r\n\r\n`)
  expect(status).toBe(200)
})

test.each([
  ['what cannot be read', 'GARBAGE\r\n\r\n', 400],
  ['a body that cannot be read', `${post}${host}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
  ['a body that is refused and then cannot be read', `PUT /books/0 HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\nzz\r\n`, 405],
  ['a CONNECT', 'CONNECT b:80 HTTP/1.1\r\nhost: b\r\n\r\n', 405],
])('a request before %s gets its own answer first', async (_what, bytes, expected) => {
  const text = await rawRequest(app.server, `GET /slow HTTP/1.1\r\n${host}\r\n${bytes}`)
  expect(answersIn(text).map(({ status }) => status)).toEqual([200, expected])
})

test('what cannot be read is answered on a connection that has served before', async () => {
  const socket = await connected()
  socket.write(`${get}${host}\r\n`)
  await once(socket, 'data')
  socket.write('GARBAGE\r\n\r\n')
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 400 /)
})

test('a client that is gone after its CONNECT ends no service', async () => {
  for (let round = 0; round < 20; round++) {
    const socket = await connected()
    socket.write(`CONNECT b:80 HTTP/1.1\r\nhost: b\r\n\r\n${'x'.repeat(100 * round)}`)
    if (round % 2 === 0) await once(socket, 'data')
    socket.resetAndDestroy()
  }
  expect((await ask(`${get}${host}${close}\r\n`)).status).toBe(200)
})

// Where localhost has two addresses Fastify listens with two servers.
test('each address of localhost gives the same answers', async () => {
  const both: FastifyInstance = await createService(async () => {}, { name: 'both', version: 'v1' })
  await both.listen({ host: 'localhost', port: 0 })
  const { port } = both.server.address() as AddressInfo
  for (const { address } of await lookup('localhost', { all: true })) {
    const socket = connect(port, address)
    socket.write('GARBAGE\r\n\r\n')
    const [chunk] = await once(socket, 'data')
    expect(answersIn(String(chunk))[0]).toMatchObject({ status: 400, body: `{"error":"${error.request}"}` })
  }
  await both.close()
})

async function connected(): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
