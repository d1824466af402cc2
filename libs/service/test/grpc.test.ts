import { create, toBinary, type DescMethodStreaming, type DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { protoSum } from '@bookinfo/contracts/proto-descriptors'
import { protoSum as sumOfSources } from '@bookinfo/tools/proto-descriptors'
import { freePort, startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ServiceError } from '@bookinfo/contracts/errors'
import { createService } from '../src/create-service.ts'
import { serviceOf } from '../src/grpc/descriptors.ts'
import { grpcFace } from '../src/grpc/face.ts'
import { grpcEcho } from '../src/probe/grpc-echo.ts'
import { createProbe } from '../src/probe/plugin.ts'

const self = { namespace: 'default', service: 'ratings', version: 'v1', pod: 'ratings-v1-a' }

let app: FastifyInstance
let gone: Promise<unknown>
const sessions: Http2SessionManager[] = []
beforeEach(async () => {
  const probe = createProbe({ self, hosts: [], detours: new Map() })
  let went: (value: unknown) => void = () => {}
  gone = new Promise((resolve) => (went = resolve))
  app = await createService(
    async (service) => {
      service.get('/health', async () => ({}))
      service.get('/ratings/-', async () => {
        throw new ServiceError('RATINGS_ID_INVALID')
      })
      service.get('/ratings/7', async ({ raw }) => {
        raw.on('close', went)
        return gone.then(() => ({}))
      })
      service.get('/ratings/:id', async ({ params, headers }) => ({
        id: Number((params as { id: string }).id),
        ratings: { [String(headers['end-user'])]: 5 },
      }))
      service.post('/ratings/:id', { schema: { body: Type.Object({ a: Type.Integer() }) } }, async ({ body }) => ({ id: 1, ratings: body }))
    },
    { name: 'ratings', version: 'v1', plugins: [probe.plugin], grpc: (service) => grpcFace(service, 'ratings', grpcEcho(probe)) },
  )
  await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  for (const session of sessions.splice(0)) session.abort()
  await app.close()
})

const origin = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

function transport(baseUrl = origin()) {
  const sessionManager = new Http2SessionManager(baseUrl)
  sessions.push(sessionManager)
  return createGrpcTransport({ baseUrl, sessionManager })
}

async function unary(
  service: string,
  method: string,
  message: object,
  options: { headers?: Record<string, string>; url?: string; timeoutMs?: number } = {},
) {
  const described = serviceOf(service).method[method] as DescMethodUnary
  const signal = undefined
  const answer = await transport(options.url).unary(
    described,
    signal,
    options.timeoutMs,
    options.headers,
    create(described.input, message as never),
  )
  return { message: answer.message as unknown as Record<string, unknown>, header: answer.header }
}

/** Only the code of what `call` fails with, 0 where it does not. */
const onlyCode = async (call: Promise<unknown>) => (await codeOf(call))[0]

/** Answers of a stream to `requests`, and how it ended. */
async function stream(method: string, requests: AsyncIterable<object>, onAnswer: (number: number) => void = () => {}) {
  const described = serviceOf('bookinfo.v1.Probe').method[method] as DescMethodStreaming
  const messages = async function* () {
    for await (const request of requests) yield create(described.input, request as never)
  }
  const numbers: number[] = []
  try {
    const { message } = await transport().stream(described, undefined, undefined, undefined, messages())
    for await (const answer of message) {
      const { number } = answer as unknown as { number: number }
      numbers.push(number)
      onAnswer(number)
    }
    return { numbers, code: 0 }
  } catch (error) {
    return { numbers, code: ConnectError.from(error).code }
  }
}

const codeOf = async (call: Promise<unknown>) => {
  const { code, rawMessage } = await call.then(
    () => ({ code: 0, rawMessage: '' }),
    (error: unknown) => ConnectError.from(error),
  )
  return [code, rawMessage]
}

test('the descriptors are those of the proto files', () => expect(protoSum).toBe(sumOfSources()))

test('metadata are the headers of the request, and the answer is that of REST', async () => {
  const { message } = await unary('bookinfo.v1.Ratings', 'getRatings', { id: '5' }, { headers: { 'end-user': 'jason' } })
  expect(message).toMatchObject({ id: 5n, ratings: { jason: 5 } })
})

test('a body is posted, and refused as by REST', async () => {
  expect((await unary('bookinfo.v1.Ratings', 'setRatings', { id: '1', ratings: { a: 3 } })).message).toMatchObject({ ratings: { a: 3 } })
  expect(await codeOf(unary('bookinfo.v1.Ratings', 'setRatings', { id: '1' }))).toEqual([
    Code.InvalidArgument,
    'please send a valid request',
  ])
})

test.each(['abc', '', '0/../../livez', '%30', '0?a', '1#'])('the id %j leads to no other path', async (id) => {
  expect(await codeOf(unary('bookinfo.v1.Ratings', 'getRatings', { id }))).toEqual([
    Code.InvalidArgument,
    'please provide numeric product ID',
  ])
})

test('a call that its client gives up ends the request inside', async () => {
  expect(await onlyCode(unary('bookinfo.v1.Ratings', 'getRatings', { id: '7' }, { timeoutMs: 50 }))).toBe(Code.DeadlineExceeded)
  await gone
})

test.each(['/bookinfo.v1.Ratings/Nothing', '/bookinfo.v1.Details/GetDetails', '/nothing'])('%s is not implemented', async (path) => {
  const session = connect(origin())
  const request = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
  const [headers] = (await once(request, 'response')) as [IncomingHttpHeaders]
  expect([headers[':status'], headers['grpc-status']]).toEqual([200, '12'])
  session.destroy()
})

test('an error without an answer is in the headers, so that proxies can try the call again', async () => {
  const session = connect(origin())
  const request = session.request({
    ':method': 'POST',
    ':path': '/bookinfo.v1.Probe/Echo',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  const status = serviceOf('bookinfo.v1.Probe').method['echo']!.input
  const message = toBinary(status, create(status, { status: 14, message: 'not now' }))
  request.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]))
  const [headers] = (await once(request, 'response')) as [IncomingHttpHeaders]
  expect(headers).toMatchObject({
    ':status': 200,
    'grpc-status': '14',
    'grpc-message': 'not%20now',
    'x-bookinfo-served-by': 'ratings/v1/ratings-v1-a',
  })
  session.destroy()
})

test('REST stays on the port that takes gRPC', async () => {
  expect(await (await fetch(`${origin()}/ratings/5`)).json()).toEqual({ id: 5, ratings: { undefined: 5 } })
})

test('health says what readiness says', async () => {
  const check = (service: string) => unary('grpc.health.v1.Health', 'check', { service })
  expect((await check('')).message['status']).toBe(1)
  expect((await check('bookinfo.v1.Ratings')).message['status']).toBe(1)
  expect(await onlyCode(check('bookinfo.v1.Details'))).toBe(Code.NotFound)
  app.drain()
  expect((await check('')).message['status']).toBe(2)
})

test('an echo says what arrived, and who answers', async () => {
  const { message, header } = await unary(
    'bookinfo.v1.Probe',
    'echo',
    { payload: Buffer.from('hi') },
    { headers: { 'x-probe-id': 'one', b3: '0' } },
  )
  expect(message).toMatchObject({
    assertions: {
      fullyQualifiedMethod: '/bookinfo.v1.Probe/Echo',
      authority: origin().slice('http://'.length),
      context: { namespace: 'default', serviceName: 'ratings', pod: 'ratings-v1-a' },
      version: 'v1',
      attempt: 1,
    },
  })
  const { headers } = message['assertions'] as { headers: { key: string; value: string }[] }
  expect(headers).toContainEqual(expect.objectContaining({ key: 'b3', value: '0' }))
  expect(header.get('x-bookinfo-served-by')).toBe('ratings/v1/ratings-v1-a')
  const ledger = await (await fetch(`${origin()}/probe/ledger?id=one`)).json()
  expect(ledger).toMatchObject({ count: 1, attempts: [{ method: 'POST', path: '/bookinfo.v1.Probe/Echo' }] })
})

test('status, message, delay and failures of the first attempts come on demand', async () => {
  const echo = (message: object, options?: object) => codeOf(unary('bookinfo.v1.Probe', 'echo', message, options))
  expect(await echo({ status: 7, message: 'nö' })).toEqual([Code.PermissionDenied, 'nö'])
  expect(await echo({ status: 7, only: 'v2' })).toEqual([0, ''])
  expect(await echo({ delay: 10_000 }, { timeoutMs: 50 })).toEqual([Code.DeadlineExceeded, 'the operation timed out'])
  const failing = () => echo({ fail: 1 }, { headers: { 'x-probe-id': 'two' } })
  expect(await failing()).toEqual([Code.Unavailable, 'as asked'])
  expect(await failing()).toEqual([0, ''])
})

test('streams go both ways, and each answer comes at once', async () => {
  const each = async function* () {
    yield* [{}, {}, {}]
  }
  expect(await stream('echoClientStream', each())).toEqual({ numbers: [3], code: 0 })
  const one = async function* (message: object) {
    yield message
  }
  expect(await stream('echoServerStream', one({ count: 3, status: 14 }))).toEqual({ numbers: [0, 1, 2], code: 14 })
  let answered: (number: number) => void = () => {}
  // The next request is sent only after the answer to the one before: both directions are open.
  const turns = async function* () {
    for (let turn = 0; turn < 3; turn++) {
      const next = new Promise<number>((resolve) => (answered = resolve))
      yield {}
      expect(await next).toBe(turn)
    }
  }
  expect(await stream('echoBidiStream', turns(), (number) => answered(number))).toEqual({ numbers: [0, 1, 2], code: 0 })
})

test('reflection names the services and gives the file of a symbol', async () => {
  const method = serviceOf('grpc.reflection.v1.ServerReflection').method['serverReflectionInfo'] as DescMethodStreaming
  const ask = async (messageRequest: object) => {
    const requests = async function* () {
      yield create(method.input, { messageRequest })
    }
    const { message } = await transport().stream(method, undefined, undefined, undefined, requests())
    for await (const answer of message) return (answer as unknown as { messageResponse: { case: string; value: unknown } }).messageResponse
    return undefined
  }
  expect(await ask({ case: 'listServices', value: '' })).toMatchObject({
    value: {
      service: ['bookinfo.v1.Ratings', 'bookinfo.v1.Probe', 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'].map((name) => ({
        name,
      })),
    },
  })
  expect(await ask({ case: 'fileContainingSymbol', value: 'bookinfo.v1.Ratings.GetRatings' })).toMatchObject({
    case: 'fileDescriptorResponse',
  })
  expect(await ask({ case: 'fileByFilename', value: 'bookinfo/v1/bookinfo.proto' })).toMatchObject({ case: 'fileDescriptorResponse' })
  expect(await ask({ case: 'fileContainingSymbol', value: 'bookinfo.v1.Nothing' })).toMatchObject({ case: 'errorResponse' })
})

let service: ServiceProcess | undefined
afterEach(() => service?.child.kill('SIGKILL'))
const main = join(import.meta.dirname, 'fixtures/hello-main.ts')

test('without GRPC_PORT gRPC is not spoken', async () => {
  service = await startService(main)
  const session = connect(service.url)
  const request = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc' })
  const [headers] = (await once(request, 'response')) as [IncomingHttpHeaders]
  expect(headers[':status']).toBe(404)
  session.destroy()
})

test.each(['a second port', 'the same port'])('GRPC_PORT may be %s', async (which) => {
  const [port, second] = [await freePort(), await freePort()]
  const grpc = which === 'a second port' ? second : port
  service = await startService(main, { PORT: String(port), GRPC_PORT: String(grpc), DRAIN_DELAY_MS: '0' })
  const { message } = await unary('grpc.health.v1.Health', 'check', {}, { url: `http://127.0.0.1:${grpc}` })
  expect(message['status']).toBe(1)
  expect(await service.stop()).toBe(0)
})

test('a taken GRPC_PORT is one line that names it', async () => {
  const grpc = String((app.server.address() as AddressInfo).port)
  await expect(startService(main, { GRPC_PORT: grpc })).rejects.toThrow(/hello: GRPC_PORT is taken \(.*\): expected a free port/)
})
