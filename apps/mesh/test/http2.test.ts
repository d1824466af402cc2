import { once } from 'node:events'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { connect, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '@bookinfo/tools/eventually'
import { Stats } from '../src/control/stats.ts'
import { listen } from '../src/proxy/listener.ts'
import { answerTo, ask, grpc, grpcAnswer, grpcError, http2Pod, session } from './helpers/http2.ts'
import { startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

/** Waits until something is so. */
const until = (is: () => boolean | Promise<boolean>) =>
  eventually(async () => {
    if (!(await is())) throw new Error('not yet')
  })

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

/** Makes the endpoint of reviews-v1 a pod of HTTP/2. */
async function podOfV1(onStream: Parameters<typeof http2Pod>[0], settings = {}) {
  const pod = await http2Pod(onStream, settings)
  const index = lab.endpoints.findIndex(({ workload }) => workload === 'reviews-v1')
  lab.endpoints[index] = { ...lab.endpoints[index]!, port: pod.port }
  lab.rules.recompile()
  return pod
}
const upgrade = '{connectionPool: {http: {h2UpgradePolicy: UPGRADE}}}'
const rules = (more = '', policy = upgrade) => lab.apply(virtualService(toV(1, more)) + destinationRule(policy))

describe('a client of HTTP/2', () => {
  test('gets the answer of a pod of HTTP/1.1, whose Host is its authority', async () => {
    rules('', '{}')
    const { headers, body } = await ask(lab.ports.reviews, { ':path': '/reviews/0?a=b', cookie: ['a=1', 'b=2'], 'x-a': '1' })
    expect([headers[':status'], headers['server'], body]).toEqual([200, 'envoy', 'reviews-v1-0'])
    const [seen] = lab.seen['reviews-v1-0']!
    expect([seen?.httpVersion, seen?.url, seen?.headers.host, seen?.headers['cookie'], seen?.headers['x-a']]).toEqual([
      '1.1',
      '/reviews/0?a=b',
      'reviews:9080',
      'a=1; b=2',
      '1',
    ])
    expect(lab.records[0]).toMatchObject({ protocol: 'HTTP/2', status: 200, bytesSent: 12 })
  })

  test('comes in by the gateway and in plaintext as well', async () => {
    lab.behave('productpage-v1-0', (_, response) => response.end('page'))
    lab.apply(gateway)
    const [page, plain] = await Promise.all([
      ask(lab.ports.gateway, { ':path': '/productpage', ':authority': 'bookinfo.example' }),
      ask(lab.ports.plaintext, { ':path': '/reviews/0' }),
    ])
    expect([page.body, page.headers['server'], plain.headers[':status'], plain.headers['server']]).toEqual([
      'page',
      'istio-envoy',
      200,
      'istio-envoy',
    ])
    expect(lab.seen['productpage-v1-0']![0]?.headers['x-forwarded-proto']).toBe('http')
  })

  test('that sends a body gets it to a pod of HTTP/1.1', async () => {
    rules('', '{}')
    lab.behave('reviews-v1-0', (request, response) => void request.pipe(response))
    const { body } = await ask(lab.ports.reviews, { ':method': 'POST', ':path': '/' }, 'x'.repeat(300_000))
    expect(body).toBe('x'.repeat(300_000))
  })

  test.each([
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'reviews:9080' }, 404],
    ['a fragment', { ':path': '/a#b' }, 400],
    ['OPTIONS *', { ':method': 'OPTIONS', ':path': '*' }, 404],
  ])('with %s is refused', async (_, headers, status) => {
    expect((await ask(lab.ports.any, headers)).headers[':status']).toBe(status)
  })

  test('sends its first bytes one by one', async () => {
    rules('', '{}')
    const socket = connect(lab.ports.reviews, '127.0.0.1').setNoDelay()
    await once(socket, 'connect')
    const answered = once(socket, 'data')
    for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
      socket.write(byte)
      await new Promise(setImmediate)
    }
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    const [bytes] = (await answered) as [Buffer]
    // A SETTINGS frame.
    expect(bytes[3]).toBe(4)
    socket.destroy()
  })
})

const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door}
spec: {hosts: ['*'], gateways: [door], http: [{route: [{destination: {host: productpage}}]}]}
---
`

describe('a pod of HTTP/2', () => {
  test('gets the requests of clients of HTTP/1.1', async () => {
    const pod = await podOfV1((stream) => {
      stream.respond({ ':status': 201, 'x-a': '1' })
      stream.end('two')
    })
    rules()
    const { status, headers, body } = await lab.call('/reviews/0', { method: 'POST', body: 'data', headers: { 'x-b': '2' } })
    expect([status, headers['x-a'], body]).toEqual([201, '1', 'two'])
    expect(pod.streams[0]!.headers).toMatchObject({ ':method': 'POST', ':path': '/reviews/0', ':authority': 'reviews:9080', 'x-b': '2' })
  })

  test('gets all requests at once on one connection, as many as a rule lets it', async () => {
    const waiting: ServerHttp2Stream[] = []
    const pod = await podOfV1((stream) => void waiting.push(stream))
    rules('', '{connectionPool: {http: {h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 2}}}')
    const calls = Array.from({ length: 5 }, () => lab.call('/reviews/0'))
    await until(() => waiting.length === 5)
    expect(pod.sessions.length).toBe(3)
    for (const stream of waiting) grpcAnswer(0)(stream)
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })

  test('keeps the limit that it sets itself', async () => {
    const waiting: ServerHttp2Stream[] = []
    const pod = await podOfV1((stream) => void waiting.push(stream), { maxConcurrentStreams: 1 })
    rules()
    const first = lab.call('/reviews/0')
    await until(() => waiting.length === 1)
    const second = lab.call('/reviews/0')
    await until(() => waiting.length === 2)
    expect(pod.sessions.length).toBe(2)
    for (const stream of waiting) grpcAnswer(0)(stream)
    expect([(await first).status, (await second).status]).toEqual([200, 200])
  })

  test('that leaves loses no request: streams under way end, and others go to another connection', async () => {
    const held: ServerHttp2Stream[] = []
    const pod = await podOfV1((stream, headers) => {
      if (headers[':path'] === '/held') held.push(stream)
      else grpcAnswer(0, 'new')(stream)
    })
    rules()
    const under = lab.call('/held')
    await until(() => held.length === 1)
    pod.sessions[0]!.close()
    expect((await lab.call('/other')).body).toBe('new')
    expect(pod.sessions.length).toBe(2)
    grpcAnswer(0, 'old')(held[0]!)
    expect((await under).body).toBe('old')
  })

  test('whose connection refuses a stream is tried again', async () => {
    let refused = 0
    await podOfV1((stream) => {
      if (refused++ === 0) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else grpcAnswer(0, 'second')(stream)
    })
    rules()
    expect((await lab.call('/reviews/0')).body).toBe('second')
  })

  test('that resets a stream before its answer is a 503, and after it the answer is cut', async () => {
    await podOfV1((stream, headers) => {
      if (headers[':path'] === '/late') stream.respond({ ':status': 200 }, { waitForTrailers: true })
      setImmediate(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    })
    rules()
    const early = await lab.call('/reviews/0')
    expect([early.status, early.body]).toEqual([
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: remote reset',
    ])
    const late = await ask(lab.ports.reviews, { ':path': '/late' })
    expect([late.headers[':status'], late.reset]).toEqual([200, constants.NGHTTP2_INTERNAL_ERROR])
  })

  test('that is not there, or speaks HTTP/1.1, is a failure', async () => {
    rules()
    const old = await lab.call('/reviews/0')
    expect(old.status).toBe(502)
    await lab.breakPod('reviews-v1-0')
    const gone = await lab.call('/reviews/0')
    expect([gone.status, gone.body.endsWith('Connection refused')]).toEqual([503, true])
  })
})

describe('a pod of HTTP/2 that is asked by PING whether it is there', () => {
  const asked = '{connectionPool: {http: {h2UpgradePolicy: UPGRADE, http2KeepAlive: {interval: 20ms, timeout: 200ms}}}}'

  test('answers its requests when it says yes', async () => {
    let pings = 0
    const pod = await podOfV1((stream) => {
      stream.session!.on('ping', () => {
        if (++pings === 3) stream.respond({ ':status': 200 }, { endStream: true })
      })
    })
    rules('', asked)
    expect((await lab.call('/reviews/0')).status).toBe(200)
    expect(pod.sessions.length).toBe(1)
  })

  test('loses the connection when it does not answer: requests under way there fail', async () => {
    const pod = await podOfV1(() => undefined)
    // Between the proxy and the pod: passes all on until it falls silent.
    const relay = createServer((client) => {
      const upstream = connect(pod.port, '127.0.0.1').on('error', () => undefined)
      client.on('error', () => undefined).pipe(upstream)
      upstream.pipe(client)
      silence = () => client.unpipe(upstream)
    })
    let silence = () => {}
    const index = lab.endpoints.findIndex(({ workload }) => workload === 'reviews-v1')
    lab.endpoints[index] = { ...lab.endpoints[index]!, port: await listen(relay, 0, '127.0.0.1') }
    lab.rules.recompile()
    rules('retries: {attempts: 0}', asked)
    const answer = lab.call('/reviews/0')
    await until(() => pod.streams.length === 1)
    silence()
    expect(await answer).toMatchObject({ status: 503, body: expect.stringContaining('connection termination') })
    expect(lab.records.at(-1)!.flags).toEqual(['UC'])
    relay.close()
  })
})

describe('from end to end', () => {
  test('useClientProtocol keeps the version of the client', async () => {
    await podOfV1(grpcAnswer(0, 'two'))
    rules('', '{connectionPool: {http: {useClientProtocol: true}}}')
    expect((await ask(lab.ports.reviews, { ':path': '/' })).body).toBe('two')
    expect((await lab.call('/')).status).toBe(502)
  })

  test('trailers come through both ways', async () => {
    const pod = await podOfV1((stream) => {
      stream.on('trailers', (trailers) => (stream.respond({ ':status': 200, 'x-got': trailers['x-sum'] }), stream.end()))
      stream.resume()
    })
    rules()
    const client = session(lab.ports.reviews)
    const stream = client.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'all' }))
    stream.end('body')
    expect((await answerTo(stream)).headers['x-got']).toBe('all')
    expect(pod.streams.length).toBe(1)
    await podOfV1(grpcAnswer(5))
    rules()
    expect((await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')).trailers).toMatchObject({ 'grpc-status': '5' })
  })

  test('a stream of both directions goes on while both talk', async () => {
    await podOfV1((stream) => {
      stream.respond({ ':status': 200 })
      stream.pipe(stream)
    })
    rules()
    const stream = session(lab.ports.reviews).request({ ':method': 'POST', ':path': '/' })
    stream.setEncoding('utf8')
    for (const word of ['one', 'two', 'three']) {
      stream.write(word)
      expect(await once(stream, 'data')).toEqual([word])
    }
    stream.end()
    await once(stream, 'close')
    expect(stream.rstCode).toBe(0)
  })

  test('a client that takes nothing holds its pod back', async () => {
    let sent = 0
    const chunk = Buffer.alloc(16_384)
    const more = (stream: ServerHttp2Stream) => {
      while (stream.writable && stream.write(chunk)) sent += chunk.length
      stream.once('drain', () => more(stream))
    }
    await podOfV1((stream) => {
      stream.respond({ ':status': 200 })
      more(stream)
    })
    rules()
    const stream = session(lab.ports.reviews).request({ ':path': '/' })
    await once(stream, 'response')
    stream.pause()
    let before = -1
    await until(async () => {
      const same = before === sent
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 100))
      return same
    })
    expect(sent).toBeLessThan(2 * 1024 * 1024)
    stream.close()
  })

  test('a reset of the client ends the stream of the pod', async () => {
    const codes: Promise<unknown>[] = []
    const pod = await podOfV1((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('a')
      codes.push(new Promise((resolve) => stream.on('close', () => resolve(stream.rstCode))))
    })
    rules()
    const stream = session(lab.ports.reviews).request({ ':path': '/' })
    await once(stream, 'data')
    stream.close(constants.NGHTTP2_CANCEL)
    expect(await codes[0]).toBe(constants.NGHTTP2_CANCEL)
    expect(pod.streams.length).toBe(1)
    await until(() => lab.records.length === 1)
    expect(lab.records[0]!.flags).toEqual(['DC'])
  })

  test('an answer before the end of a request is whole, and the rest of the request is not wanted', async () => {
    await podOfV1((stream) => {
      stream.respond({ ':status': 413 })
      stream.end('too much')
    })
    rules()
    const stream = session(lab.ports.reviews).request({ ':method': 'POST', ':path': '/' })
    stream.write('some')
    const { headers, body, reset } = await answerTo(stream)
    expect([headers[':status'], body, reset]).toEqual([413, 'too much', 0])
  })
})

describe('a gRPC client is answered by the proxy in the headers of a 200:', () => {
  const own = async (path = '/a.B/C', more = {}) => {
    const { headers, headersOnly } = await ask(lab.ports.reviews, grpc(path, more), 'x')
    expect([headers[':status'], headers['content-type'], headersOnly]).toEqual([200, 'application/grpc', true])
    return [headers['grpc-status'], headers['grpc-message']]
  }

  test('no route', async () => {
    lab.apply(virtualService('- match: [{uri: {exact: /other}}]\n  route: [{destination: {host: reviews}}]'))
    expect(await own()).toEqual(['12', undefined])
    expect(lab.records[0]).toMatchObject({ status: 200, grpcStatus: 12, flags: ['NR'] })
  })

  test('each time on one connection, although the request has come with it', async () => {
    lab.apply(virtualService('- match: [{uri: {exact: /other}}]\n  route: [{destination: {host: reviews}}]'))
    const connection = session(lab.ports.reviews)
    for (let call = 1; call <= 3; call++) {
      const stream = connection.request(grpc('/a.B/C'))
      stream.end('x')
      expect(await answerTo(stream)).toMatchObject({ headers: { 'grpc-status': '12' }, headersOnly: true, reset: 0 })
    }
  })

  test('an abort by status, and by code', async () => {
    lab.apply(virtualService(toV(1, 'fault: {abort: {percentage: {value: 100}, httpStatus: 403}}')))
    expect(await own()).toEqual(['7', 'fault filter abort'])
    lab.apply(virtualService(toV(1, 'fault: {abort: {percentage: {value: 100}, grpcStatus: NOT_FOUND}}')))
    expect(await own()).toEqual(['5', 'fault filter abort'])
    const other = await lab.call('/')
    expect([other.status, other.body]).toEqual([200, 'fault filter abort'])
  })

  test('a denial', async () => {
    rules()
    lab.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: none}
spec: {selector: {matchLabels: {app: reviews}}}
---
`)
    expect(await own()).toEqual(['7', 'RBAC: access denied'])
  })

  test('a timeout, and its own deadline', async () => {
    await podOfV1(() => undefined)
    rules('timeout: 50ms')
    expect(await own()).toEqual(['14', 'upstream request timeout'])
    rules()
    expect(await own('/a.B/C', { 'grpc-timeout': '60m' })).toEqual(['14', 'upstream request timeout'])
  })

  test('a pod that is gone', async () => {
    rules()
    await lab.breakPod('reviews-v1-0')
    expect(await own()).toEqual([
      '14',
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused',
    ])
  })

  test('in HTTP/1.1 as well', async () => {
    lab.apply(virtualService(toV(1, 'fault: {abort: {percentage: {value: 100}, httpStatus: 503}}')))
    const { status, headers, body } = await lab.call('/a.B/C', { headers: { 'content-type': 'application/grpc' } })
    expect([status, headers['grpc-status'], headers['grpc-message'], body]).toEqual([200, '14', 'fault filter abort', ''])
  })
})

describe('retries of gRPC', () => {
  const retries = (on: string) => rules(`retries: {attempts: 2, retryOn: "${on}", backoff: 1ms}`)
  test.each([
    ['cancelled', 1],
    ['deadline-exceeded', 4],
    ['resource-exhausted', 8],
    ['internal', 13],
    ['unavailable', 14],
  ])('on %s', async (on, code) => {
    let tries = 0
    await podOfV1((stream) => (tries++ === 0 ? grpcError(code)(stream) : grpcAnswer(0, 'again')(stream)))
    retries(on)
    expect((await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')).body).toBe('again')
    expect(tries).toBe(2)
  })

  test('of another code are not made, and a code in trailers is too late', async () => {
    const pod = await podOfV1(grpcError(5))
    retries('unavailable')
    const first = await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
    expect([first.headers['grpc-status'], first.headersOnly, pod.streams.length]).toEqual(['5', true, 1])
    const late = await podOfV1(grpcAnswer(14))
    retries('unavailable')
    const second = await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
    expect([second.trailers['grpc-status'], late.streams.length]).toEqual(['14', 1])
    expect(lab.records.map(({ grpcStatus }) => grpcStatus)).toEqual([5, 14])
  })
})

test('a gRPC call shows its protocol and code in logs, spans and statistics', async () => {
  const pod = await podOfV1(grpcAnswer(13))
  rules()
  await ask(lab.ports.reviews, grpc('/a.B/C', { 'grpc-timeout': '9S', 'user-agent': 'test' }), 'x')
  const line = (workload: string) => lab.accessLog.lines(workload, 'reviews-v1-0')[0]!.text
  const [sent, arrived] = [line('productpage-v1'), line('reviews-v1')]
  expect(sent).toMatch(/"POST \/a\.B\/C HTTP\/2" 200 - 1 7 \d+ \d+ "-" "test" "[^"]+" "reviews:9080" "127\.0\.0\.1:\d+" "INTERNAL"$/)
  expect(arrived).toMatch(/"POST \/a\.B\/C HTTP\/2" 200 - 1 7 .* "INTERNAL"$/)
  const tags = { 'grpc.path': '/a.B/C', 'grpc.status_code': '13', 'grpc.timeout': '9S', 'http.status_code': '200', error: 'true' }
  expect(new Set(lab.spans.map((span) => span.kind))).toEqual(new Set(['CLIENT', 'SERVER']))
  for (const span of lab.spans) expect(span.tags).toMatchObject(tags)
  expect(pod.streams[0]!.headers['x-b3-traceid']).toBe(lab.spans[0]!.traceId)
  const stats = new Stats()
  stats.record(lab.records[0]!)
  expect(stats.edges(lab.records[0]!.startedAt)[0]).toMatchObject({ errors: 1, statuses: { INTERNAL: 1 }, protocol: 'gRPC' })
})

test('calls of gRPC that fail take their pod out, as statuses of 5xx do', async () => {
  await podOfV1(grpcError(13))
  rules('', '{connectionPool: {http: {h2UpgradePolicy: UPGRADE}}, outlierDetection: {consecutive5xxErrors: 2, maxEjectionPercent: 100}}')
  const codes: unknown[] = []
  for (let i = 0; i < 3; i++) {
    const { headers } = await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
    codes.push(headers['grpc-message'] ?? headers['grpc-status'])
  }
  expect(codes).toEqual(['13', '13', 'no healthy upstream'])
})

test('a mirror gets the call as well', async () => {
  const shadow = await http2Pod(grpcAnswer(0))
  const index = lab.endpoints.findIndex(({ workload }) => workload === 'reviews-v2')
  lab.endpoints[index] = { ...lab.endpoints[index]!, port: shadow.port }
  await podOfV1(grpcAnswer(0))
  rules('mirror: {host: reviews, subset: v2}')
  await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
  await until(() => shadow.streams.length === 1)
  expect(shadow.streams[0]!.headers[':path']).toBe('/a.B/C')
})

test('more requests than a cluster may have at once are refused', async () => {
  const held: ServerHttp2Stream[] = []
  await podOfV1((stream) => void held.push(stream))
  rules('', '{connectionPool: {http: {h2UpgradePolicy: UPGRADE, http2MaxRequests: 1}}}')
  const first = ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
  await until(() => held.length === 1)
  const second = await ask(lab.ports.reviews, grpc('/a.B/C'), 'x')
  expect([second.headers['grpc-status'], second.headers['x-envoy-overloaded']]).toEqual(['14', 'true'])
  grpcAnswer(0)(held[0]!)
  expect((await first).trailers['grpc-status']).toBe('0')
})
