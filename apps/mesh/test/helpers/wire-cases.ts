/**
 * Requests as bytes, and what becomes of them: status, whether the connection goes on, and what reaches the application. The same for the
 * real Envoy (e2e/like-envoy.e2e.ts) and for the local mesh (test/like-envoy.test.ts), but where both verdicts stand with the reason.
 */

export interface WireCase {
  name: string
  bytes: string
  /** What the application answers, as bytes; `200` with a body of two bytes by default. */
  answer?: string
  /** `200 kept: GET / te: trailers`; the application's part is missing where nothing reaches it. */
  verdict: string | { envoy: string; here: string; why: Difference }
}

/** Rows of the table "Where it differs from Envoy" in apps/mesh/README.md, by their first column. */
export type Difference =
  | 'two `Host` fields'
  | 'loose syntax'
  | 'HTTP/1.0'
  | '`Expect`'
  | 'trailers'
  | '`Connection` of an answer'
  | '`1xx` answers'

const host = 'Host: reviews:9080\r\n'
const get = (fields: string, path = '/') => `GET ${path} HTTP/1.1\r\n${host}${fields}\r\n`
const post = (fields: string, body: string) => `POST / HTTP/1.1\r\n${host}${fields}\r\n${body}`
const hosts = (value: string) => `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const okWith = (fields: string) => `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${fields}\r\nok`

export const wireCases: readonly WireCase[] = [
  { name: 'nothing special', bytes: get(''), verdict: '200 kept: GET /' },
  { name: 'Connection: close', bytes: get('Connection: close\r\n'), verdict: '200 closed: GET /' },
  { name: 'empty lines before a request', bytes: `\r\n\r\n${get('')}`, verdict: '200 kept: GET /' },

  // Who is meant.
  {
    name: 'two Host fields',
    bytes: get('Host: details:9080\r\n'),
    verdict: { envoy: '200 kept: GET /', here: '400 closed', why: 'two `Host` fields' },
  },
  {
    name: 'two Host fields that say the same',
    bytes: get(host),
    verdict: { envoy: '200 kept: GET /', here: '400 closed', why: 'two `Host` fields' },
  },
  { name: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', verdict: '400 closed' },
  { name: 'a Host with a blank', bytes: hosts('a b'), verdict: '400 closed' },
  { name: 'a Host with a slash', bytes: hosts('a/b'), verdict: '400 closed' },
  { name: 'a Host with a question mark', bytes: hosts('a?b'), verdict: '400 closed' },
  { name: 'a Host that is a list', bytes: hosts('a, b'), verdict: '400 closed' },
  { name: 'a Host that is not ASCII', bytes: hosts('r\xe9views'), verdict: '400 closed' },
  { name: 'absolute form', bytes: get('', 'http://reviews:9080/a'), verdict: '200 kept: GET /a' },
  { name: 'absolute form without Host', bytes: 'GET http://reviews:9080/a HTTP/1.1\r\n\r\n', verdict: '200 kept: GET /a' },
  { name: 'absolute form with a user', bytes: get('', 'http://u:p@reviews:9080/a'), verdict: '200 kept: GET /a' },
  { name: 'absolute form without a path', bytes: get('', 'http://reviews:9080'), verdict: '200 kept: GET /' },
  { name: 'absolute form of another protocol', bytes: get('', 'ftp://reviews:9080/a'), verdict: '400 closed' },

  // CONNECT, which neither Istio's gateway nor its sidecars have a route for.
  { name: 'CONNECT', bytes: 'CONNECT reviews:9080 HTTP/1.1\r\nHost: reviews:9080\r\n\r\n', verdict: '404 closed' },
  { name: 'CONNECT without Host', bytes: 'CONNECT reviews:9080 HTTP/1.1\r\n\r\n', verdict: '404 closed' },
  { name: 'CONNECT with a path', bytes: `CONNECT / HTTP/1.1\r\n${host}\r\n`, verdict: '400 closed' },
  { name: 'CONNECT with a body', bytes: `CONNECT reviews:9080 HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`, verdict: '400 closed' },

  // How long a body is.
  { name: 'two equal lengths', bytes: post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), verdict: '400 closed' },
  { name: 'two different lengths', bytes: post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'), verdict: '400 closed' },
  { name: 'a list of lengths', bytes: post('Content-Length: 5, 5\r\n', 'hello'), verdict: '400 closed' },
  { name: 'a length with a sign', bytes: post('Content-Length: +5\r\n', 'hello'), verdict: '400 closed' },
  { name: 'a length beyond all numbers', bytes: post('Content-Length: 99999999999999999999\r\n', 'hello'), verdict: '400 closed' },
  { name: 'a length, then chunks', bytes: post(`Content-Length: 5\r\n${chunked}`, '0\r\n\r\n'), verdict: '400 closed' },
  { name: 'chunks, then a length', bytes: post(`${chunked}Content-Length: 5\r\n`, '0\r\n\r\n'), verdict: '400 closed' },
  { name: 'chunks', bytes: post(chunked, '5\r\nhello\r\n0\r\n\r\n'), verdict: '200 kept: POST /' },
  { name: 'chunks, twice', bytes: post(chunked + chunked, '0\r\n\r\n'), verdict: '501 closed' },
  { name: 'another transfer coding', bytes: post('Transfer-Encoding: gzip\r\n', ''), verdict: '501 closed' },
  { name: 'chunks of another coding', bytes: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), verdict: '501 closed' },
  { name: 'a coding after chunks', bytes: post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), verdict: '501 closed' },
  { name: 'a GET with a body', bytes: `${get('Content-Length: 5\r\n')}hello`, verdict: '200 kept: GET /' },

  // Bytes that are not HTTP, or only nearly.
  { name: 'a NUL in a value', bytes: get('X-Nul: a\0b\r\n'), verdict: '400 closed' },
  { name: 'a blank before the colon', bytes: get('X-Blank : a\r\n'), verdict: '400 closed' },
  { name: 'a field without a name', bytes: get(': a\r\n'), verdict: '400 closed' },
  { name: 'a field without a colon', bytes: get('nonsense\r\n'), verdict: '400 closed' },
  { name: 'a name that is not ASCII', bytes: get('X\xe9: a\r\n'), verdict: '400 closed' },
  { name: 'a value that is not ASCII', bytes: get('X-Name: \xe9\r\n'), verdict: '200 kept: GET / x-name: \xe9' },
  {
    name: 'a folded field',
    bytes: get('X-Folded: a\r\n b\r\n'),
    verdict: { envoy: '200 kept: GET / x-folded: a b', here: '400 closed', why: 'loose syntax' },
  },
  {
    name: 'a bare CR',
    bytes: get('X-Bare: a\rb: c\r\n'),
    verdict: { envoy: '200 kept: GET / x-bare: ab: c', here: '400 closed', why: 'loose syntax' },
  },
  {
    name: 'a bare LF',
    bytes: `GET / HTTP/1.1\r\n${host.trimEnd()}\nX-A: b\r\n\r\n`,
    verdict: { envoy: '200 kept: GET / x-a: b', here: '400 closed', why: 'loose syntax' },
  },
  { name: 'a target that is not a path', bytes: get('', 'reviews'), verdict: '400 closed' },
  { name: 'a target that is not ASCII', bytes: get('', '/\xe9'), verdict: '400 closed' },
  { name: 'a fragment', bytes: get('', '/#x'), verdict: '400 closed' },
  { name: 'an escaped NUL', bytes: get('', '/%00'), verdict: '400 closed' },
  { name: 'OPTIONS *', bytes: `OPTIONS * HTTP/1.1\r\n${host}\r\n`, verdict: '404 kept' },
  { name: 'GET *', bytes: get('', '*'), verdict: '400 closed' },

  // One spelling a path.
  { name: 'dot segments', bytes: get('', '/a/../b/%2e%2E/c/./d'), verdict: '200 kept: GET /c/d' },
  { name: 'dot segments above the root', bytes: get('', '/../../etc'), verdict: '200 kept: GET /etc' },
  { name: 'backslashes', bytes: get('', '/a\\..\\b'), verdict: '200 kept: GET /b' },
  { name: 'escaped letters, digits and marks', bytes: get('', '/%72%61tings/%30%2d%5F%7e'), verdict: '200 kept: GET /ratings/0-_~' },
  { name: 'an escape that makes another one', bytes: get('', '/%%361/%4%31/%%34%31'), verdict: '200 kept: GET /%2561/%2541/%2541' },
  { name: 'an escaped escape', bytes: get('', '/%2561'), verdict: '200 kept: GET /%2561' },
  { name: 'escaped slashes', bytes: get('', '/a%2fb%5Cc'), verdict: '200 kept: GET /a%2fb%5Cc' },
  { name: 'characters that want an escape', bytes: get('', '/"<>^`{|}'), verdict: '200 kept: GET /%22%3C%3E%5E%60%7B%7C%7D' },
  { name: 'the same in a query', bytes: get('', '/?"<>^`{|}%61'), verdict: '200 kept: GET /?"<>^`{|}%61' },
  { name: 'slashes side by side', bytes: get('', '//a//b'), verdict: '200 kept: GET //a//b' },

  // Versions.
  {
    name: 'HTTP/1.0',
    bytes: `GET / HTTP/1.0\r\n${host}\r\n`,
    verdict: { envoy: '426 closed', here: '200 closed: GET /', why: 'HTTP/1.0' },
  },
  { name: 'HTTP/0.9', bytes: 'GET /\r\n\r\n', verdict: '426 closed' },
  { name: 'HTTP/1.2', bytes: `GET / HTTP/1.2\r\n${host}\r\n`, verdict: '426 closed' },
  { name: 'HTTP/2.0 in the words of 1.1', bytes: `GET / HTTP/2.0\r\n${host}\r\n`, verdict: '426 closed' },

  // How much.
  { name: '90 fields', bytes: get(many(89)), verdict: `200 kept: GET / ${many(89).trim().replaceAll('\r\n', ' ')}` },
  { name: '120 fields', bytes: get(many(119)), verdict: '431 closed' },
  { name: 'a field of 80 kB', bytes: get(`X-Big: ${'a'.repeat(80_000)}\r\n`), verdict: '431 closed' },
  { name: 'a path of 80 kB', bytes: get('', `/${'a'.repeat(80_000)}`), verdict: '431 closed' },

  // Fields that belong to one connection.
  { name: 'Keep-Alive', bytes: get('Keep-Alive: timeout=5\r\n'), verdict: '200 kept: GET /' },
  { name: 'Proxy-Connection', bytes: get('Proxy-Connection: keep-alive\r\n'), verdict: '200 kept: GET /' },
  {
    name: 'fields that Connection names',
    bytes: get('Connection: X-A, cookie\r\nX-A: 1\r\nX-B: 2\r\nCookie: c\r\n'),
    verdict: '200 kept: GET / x-b: 2',
  },
  {
    name: 'Connection in two fields',
    bytes: get('Connection: X-A\r\nConnection: X-B\r\nX-A: 1\r\nX-B: 1\r\n'),
    verdict: '200 kept: GET /',
  },
  { name: 'Connection: host', bytes: get('Connection: host\r\n'), verdict: '400 closed' },
  { name: 'Connection: x-forwarded-for', bytes: get('Connection: x-forwarded-for\r\n'), verdict: '400 closed' },
  { name: 'Connection: :path', bytes: get('Connection: :path\r\n'), verdict: '400 closed' },
  { name: 'TE: trailers', bytes: get('TE: trailers\r\n'), verdict: '200 kept: GET / te: trailers' },
  { name: 'TE: trailers that Connection names', bytes: get('Connection: te\r\nTE: trailers\r\n'), verdict: '200 kept: GET / te: trailers' },
  { name: 'TE: gzip', bytes: get('TE: gzip\r\n'), verdict: '200 kept: GET /' },
  { name: 'Trailer', bytes: get('Trailer: X-Sum\r\n'), verdict: '200 kept: GET / trailer: X-Sum' },
  {
    name: 'Proxy-Authorization',
    bytes: get('Proxy-Authorization: Basic abc\r\n'),
    verdict: '200 kept: GET / proxy-authorization: Basic abc',
  },
  { name: 'Proxy-Authenticate', bytes: get('Proxy-Authenticate: Basic\r\n'), verdict: '200 kept: GET / proxy-authenticate: Basic' },
  {
    name: 'Proxy-Authentication-Info',
    bytes: get('Proxy-Authentication-Info: a=b\r\n'),
    verdict: '200 kept: GET / proxy-authentication-info: a=b',
  },
  { name: 'Upgrade without Connection', bytes: get('Upgrade: websocket\r\n'), verdict: '200 kept: GET /' },
  {
    name: 'an upgrade to HTTP/2',
    bytes: get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'),
    verdict: '200 kept: GET /',
  },
  { name: 'an upgrade to an unknown protocol', bytes: get('Connection: Upgrade\r\nUpgrade: foo\r\n'), verdict: '403 closed' },
  {
    name: 'a WebSocket',
    bytes: get('Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n'),
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    verdict: '101 open upgrade: websocket: GET / upgrade: websocket',
  },
  {
    name: 'Expect: 100-continue',
    bytes: post('Content-Length: 5\r\nExpect: 100-continue\r\n', 'hello'),
    verdict: '100 200 kept: POST /',
  },
  {
    name: 'another Expect',
    bytes: post('Content-Length: 5\r\nExpect: 200-ok\r\n', 'hello'),
    verdict: { envoy: '200 kept: POST / expect: 200-ok', here: '417 kept', why: '`Expect`' },
  },
  {
    name: 'trailers of a request',
    bytes: post(chunked, '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'),
    verdict: '200 kept: POST /',
  },

  // Answers of the application: what the client gets of them stands before the colon.
  {
    name: 'an answer with fields of proxies',
    bytes: get(''),
    answer: okWith('Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authenticate: Basic\r\nTE: trailers\r\nX-Yours: b\r\n'),
    verdict: '200 kept proxy-authenticate: Basic te: trailers x-yours: b: GET /',
  },
  {
    name: 'an answer whose Connection names a field',
    bytes: get(''),
    answer: okWith('Connection: x-mine\r\nX-Mine: a\r\n'),
    verdict: { envoy: '200 kept x-mine: a: GET /', here: '200 kept: GET /', why: '`Connection` of an answer' },
  },
  { name: 'an answer that closes', bytes: get(''), answer: okWith('Connection: close\r\n'), verdict: '200 kept: GET /' },
  {
    name: 'an answer without a body',
    bytes: get(''),
    answer: 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n',
    verdict: '204 kept: GET /',
  },
  {
    name: 'an answer that announces trailers which cannot follow',
    bytes: get(''),
    answer: okWith('Trailer: x\r\n'),
    verdict: { envoy: '200 kept trailer: x: GET /', here: '200 kept: GET /', why: 'trailers' },
  },
  {
    name: 'an answer that announces trailers',
    bytes: get(''),
    answer: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    verdict: '200 kept trailer: x: GET /',
  },
  {
    name: 'an answer with trailers',
    bytes: get(''),
    answer: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n',
    verdict: { envoy: '200 kept: GET /', here: '200 kept x-sum: 1: GET /', why: 'trailers' },
  },
  {
    name: 'an answer with two lengths',
    bytes: get(''),
    answer: okWith('content-length: 3\r\n'),
    verdict: '502 kept: GET /',
  },
  { name: 'an answer that is not HTTP', bytes: get(''), answer: 'garbage\r\n\r\n', verdict: '502 kept: GET /' },
  {
    name: 'an answer with a field of 100 kB',
    bytes: get(''),
    answer: okWith(`x-big: ${'a'.repeat(100_000)}\r\n`),
    verdict: '502 kept: GET /',
  },
  {
    name: 'an answer with a field of 70 kB',
    bytes: get(''),
    answer: okWith(`x-big: ${'a'.repeat(70_000)}\r\n`),
    verdict: `200 kept x-big: ${'a'.repeat(70_000)}: GET /`,
  },
  {
    name: 'hints before an answer',
    bytes: get(''),
    answer: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${okWith('')}`,
    verdict: '200 kept: GET /',
  },
  {
    name: 'a 100 that was not asked for',
    bytes: get(''),
    answer: `HTTP/1.1 100 Continue\r\n\r\n${okWith('')}`,
    verdict: { envoy: '200 kept: GET /', here: '503 kept: GET /', why: '`1xx` answers' },
  },
]

/** `x-0: 1`, `x-1: 1`, … */
function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `x-${String(i).padStart(3, '0')}: 1\r\n`).join('')
}
