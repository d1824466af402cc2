import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { createService } from '@bookinfo/service/create-service'
import { readConfig } from '@bookinfo/contracts/environment'
import { CallError } from '@bookinfo/service/exchange'
import { createOutbound, type Outbound } from '@bookinfo/service/outbound'
import { patience } from '@bookinfo/tools/eventually'
import fc from 'fast-check'
import supertest from 'supertest'
import { afterEach, describe, expect, test } from 'vitest'
import { details } from '../src/app.ts'
import { Config } from '../src/config.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** The details service in front of a book service on `port`. */
async function detailsBefore(port: number, env: Record<string, string> = {}, timeoutMs = patience) {
  const config = readConfig(Config, {
    ENABLE_EXTERNAL_BOOK_SERVICE: 'true',
    DO_NOT_ENCRYPT: 'true',
    BOOK_SERVICE_HOST: `127.0.0.1:${port}`,
    ...env,
  })
  const outbound = createOutbound({ keepAlive: false })
  const app = await createService(details(config, outbound, timeoutMs), { name: 'details', version: 'v2' })
  await app.ready()
  cleanups.push(() => outbound.close())
  cleanups.push(() => app.close())
  return supertest(app.server)
}

async function listening(server: Server | ReturnType<typeof createTcpServer>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const bookService = (listener: RequestListener) => listening(createServer({ keepAlive: false }, listener))

const answering = (body: string, status = 200) =>
  bookService((_request, response) => response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body))

const volumeInfo = {
  title: 'The Comedy of Errors',
  authors: ['William Shakespeare', 'An Editor'],
  publisher: 'Some House',
  publishedDate: '2002-04-19',
  industryIdentifiers: [
    { type: 'ISBN_13', identifier: '9780486424613' },
    { type: 'ISBN_10', identifier: '0486424618' },
  ],
  pageCount: 68,
  printType: 'BOOK',
  language: 'en',
}

const unavailable = { status: 502, body: { error: 'could not get book details from the external book service' } }

describe('details with the external book service', () => {
  test('maps the first volume to the same fields', async () => {
    const port = await answering(
      JSON.stringify({ kind: 'books#volumes', items: [{ volumeInfo }, { volumeInfo: { authors: ['Another'] } }] }),
    )
    const { status, body } = await (await detailsBefore(port)).get('/details/3')
    expect(status).toBe(200)
    expect(body).toEqual({
      id: 3,
      author: 'William Shakespeare',
      year: 2002,
      type: 'paperback',
      pages: 68,
      publisher: 'Some House',
      language: 'English',
      'ISBN-10': '0486424618',
      'ISBN-13': '9780486424613',
    })
  })

  test('says unknown, and 0, where the volume says nothing', async () => {
    const port = await answering(JSON.stringify({ items: [{ volumeInfo: { authors: ['A'], language: 'fr', printType: 'MAGAZINE' } }] }))
    const { body } = await (await detailsBefore(port)).get('/details/0')
    expect(body).toEqual({
      id: 0,
      author: 'A',
      year: 0,
      type: 'unknown',
      pages: 0,
      publisher: 'unknown',
      language: 'unknown',
      'ISBN-10': 'unknown',
      'ISBN-13': 'unknown',
    })
  })

  test('asks for the ISBN and sends trace headers along, but no credentials and no baggage', async () => {
    const asked: { url?: string | undefined; method?: string | undefined; headers: IncomingHttpHeaders }[] = []
    const port = await bookService((request, response) => {
      asked.push({ method: request.method, url: request.url, headers: request.headers })
      response.setHeader('connection', 'close').end(JSON.stringify({ items: [{ volumeInfo }] }))
    })
    await (await detailsBefore(port)).get('/details/0').set({
      'x-request-id': 'r1',
      'x-b3-traceid': 't1',
      'user-agent': 'script',
      cookie: 'session=s',
      authorization: 'Bearer b',
      jwt: 'j',
      'end-user': 'jason',
      baggage: 'user=jason',
      'uberctx-user': 'jason',
    })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: '/books/v1/volumes?q=isbn:0486424618',
      headers: { host: `127.0.0.1:${port}`, 'x-request-id': 'r1', 'x-b3-traceid': 't1', 'user-agent': 'script' },
    })
    for (const name of ['cookie', 'authorization', 'jwt', 'end-user', 'baggage', 'uberctx-user'])
      expect(asked[0]?.headers).not.toHaveProperty(name)
  })

  test('does not ask for an id that is none', async () => {
    let asked = 0
    const port = await bookService((_request, response) => {
      asked++
      response.end('{}')
    })
    const { status } = await (await detailsBefore(port)).get('/details/abc')
    expect({ status, asked }).toEqual({ status: 400, asked: 0 })
  })

  test('encrypts by default', async () => {
    const firstByte = Promise.withResolvers<number | undefined>()
    const port = await listening(
      createTcpServer((socket) => {
        socket
          .on('error', () => {})
          .once('data', (data: Buffer) => {
            firstByte.resolve(data[0])
            socket.destroy()
          })
      }),
    )
    const { status, body } = await (await detailsBefore(port, { DO_NOT_ENCRYPT: 'false' })).get('/details/0')
    expect({ status, body }).toEqual(unavailable)
    // 22 starts a TLS handshake; plain HTTP would start with a G.
    expect(await firstByte.promise).toBe(22)
  })

  test.each([
    ['answers 429', '{"error":"quota"}', 429],
    ['answers 500', JSON.stringify({ items: [{ volumeInfo }] }), 500],
    ['knows no such book', '{"kind":"books#volumes","totalItems":0}', 200],
    ['has an empty list', '{"items":[]}', 200],
    ['sends no volume', '{"items":[{"volumeInfo":null}]}', 200],
    ['sends no authors', '{"items":[{"volumeInfo":{"authors":[]}}]}', 200],
    ['sends a number for a name', '{"items":[{"volumeInfo":{"authors":["A"],"publisher":7}}]}', 200],
    ['sends HTML', '<!doctype html>', 200],
    ['sends nothing', '', 200],
  ])('is 502 in the table’s words when it %s', async (_what, text, code) => {
    const { status, body } = await (await detailsBefore(await answering(text, code))).get('/details/0')
    expect({ status, body }).toEqual(unavailable)
  })

  test('is 502 when nothing listens', async () => {
    const server = createTcpServer()
    const port = await listening(server)
    server.close()
    const { status, body } = await (await detailsBefore(port)).get('/details/0')
    expect({ status, body }).toEqual(unavailable)
  })

  test('is 502 when it is silent for too long', async () => {
    const port = await bookService(() => {})
    const { status, body } = await (await detailsBefore(port, {}, 50)).get('/details/0')
    expect({ status, body }).toEqual(unavailable)
  })

  test('may take 5 s', async () => {
    const limits: number[] = []
    const outbound: Outbound = {
      async get(_request, _url, { timeoutMs }) {
        limits.push(timeoutMs)
        throw new CallError('timeout')
      },
      close: async () => undefined,
    }
    const config = readConfig(Config, { ENABLE_EXTERNAL_BOOK_SERVICE: 'true' })
    const app = await createService(details(config, outbound), { name: 'details', version: 'v2' })
    cleanups.push(() => app.close())
    expect((await app.inject('/details/0')).statusCode).toBe(502)
    expect(limits).toEqual([5000])
  })

  test('survives any JSON', async () => {
    let answer = ''
    const port = await bookService((_request, response) => response.setHeader('connection', 'close').end(answer))
    const service = await detailsBefore(port)
    const garbage = fc.oneof(
      fc.json(),
      fc.json().map((volume) => `{"items":[{"volumeInfo":${volume}}]}`),
      fc.json().map((authors) => `{"items":[{"volumeInfo":{"authors":["A"],"industryIdentifiers":${authors}}}]}`),
    )
    const answered = fc.asyncProperty(garbage, async (text) => {
      answer = text
      const { status, body } = await service.get('/details/0')
      if (status === 200) expect(body.author).toBe('A')
      else expect({ status, body }).toEqual(unavailable)
    })
    await fc.assert(answered, { numRuns: 100 })
  })
})
