import { get, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCollector, type CollectedSpan, type Collector } from './fixtures/collector.ts'
import { sentOn, tracedService, type TracedOptions, type TracedService } from './fixtures/traced-service.ts'

let collector: Collector
const started: TracedService[] = []
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()))
  await collector.vanish()
})

async function start(options?: TracedOptions) {
  const service = await tracedService(collector.endpoint, options)
  started.push(service)
  return service
}

/** All spans of all services, which end with this. */
async function reported(): Promise<CollectedSpan[]> {
  await Promise.all(started.map((service) => service.stop()))
  return collector.spans
}

/** `front` whose `/call` goes to `back`'s `path`. */
async function twoServices(path: string, options: TracedOptions = {}) {
  const back = await start({ name: 'back' })
  const front = await start({ calls: back.url + path, call: { peer: 'back' }, ...options })
  return { front, back, port: Number(new URL(back.url).port) }
}

const named = (spans: CollectedSpan[], service: string, kind: string) =>
  spans.filter((span) => span.kind === kind && span.localEndpoint.serviceName === service)

test('a request is one SERVER span, named by its route', async () => {
  const front = await start()
  await fetch(`${front.url}/items/7?page=2`)
  const [span, ...others] = await reported()
  expect(others).toEqual([])
  expect(span).toMatchObject({
    name: 'GET /items/:id',
    kind: 'SERVER',
    localEndpoint: { serviceName: 'front' },
    tags: {
      'http.request.method': 'GET',
      'http.route': '/items/:id',
      'http.response.status_code': '200',
      'url.path': '/items/7',
      'url.query': 'page=2',
      'url.scheme': 'http',
      'service.version': 'v2',
      'k8s.pod.name': 'front-v2-abc',
      'host.name': 'front-v2-abc',
    },
  })
  expect(span?.parentId).toBeUndefined()
  expect(span?.tags).not.toHaveProperty('error')
})

test('probes and metrics make no span', async () => {
  const front = await start()
  for (const path of ['/livez', '/readyz', '/metrics']) await fetch(front.url + path)
  expect(await reported()).toEqual([])
})

test.each([
  ['/broken', 'GET /broken', '500', '500'],
  ['/nowhere', 'GET', '404', undefined],
  ['/a%20b', 'GET', '400', undefined],
])('%s is a span %s with status %s, and an error where it is 5xx', async (path, name, status, error) => {
  const front = await start()
  await fetch(front.url + path)
  const [span] = await reported()
  expect(span).toMatchObject({ name, tags: { 'http.response.status_code': status } })
  expect(span?.tags['error']).toBe(error)
  expect(span?.tags['error.type']).toBe(error)
})

test('a caller who goes away is an error, and the span still ends', async () => {
  const front = await start()
  const gone = get(`${front.url}/hangs`).on('error', () => {})
  const [, answer] = (await once(front.app.server, 'request')) as [unknown, ServerResponse]
  gone.destroy()
  await once(answer, 'close')
  const [span] = await reported()
  expect(span?.tags).toMatchObject({ 'error.type': 'caller gone' })
  expect(span?.tags).not.toHaveProperty('http.response.status_code')
})

test('a call is one CLIENT span between two SERVER spans, with the peer as remote endpoint', async () => {
  const { front, port } = await twoServices('/items/1')
  await fetch(`${front.url}/call`)
  const spans = await reported()
  expect(spans).toHaveLength(3)
  const [root] = named(spans, 'front', 'SERVER')
  const [call] = named(spans, 'front', 'CLIENT')
  const [answer] = named(spans, 'back', 'SERVER')
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
  expect(call?.parentId).toBe(root?.id)
  expect(answer?.parentId).toBe(call?.id)
  expect(call).toMatchObject({
    name: 'GET',
    remoteEndpoint: { serviceName: 'back', port },
    tags: {
      'peer.service': 'back',
      'server.address': '127.0.0.1',
      'server.port': String(port),
      'http.request.method': 'GET',
      'http.response.status_code': '200',
    },
  })
})

test('a call without a peer name is named by its host', async () => {
  const { front } = await twoServices('/items/1', { call: {} })
  await fetch(`${front.url}/call`)
  expect(named(await reported(), 'front', 'CLIENT')[0]?.remoteEndpoint?.serviceName).toBe('127.0.0.1')
})

test.each([
  ['/nowhere', {}, '404'],
  ['/broken', {}, '500'],
  ['/hangs', { timeoutMs: 50 }, 'timeout'],
])('a call to %s is an error of type %s', async (path, call, error) => {
  const { front } = await twoServices(path, { call })
  await fetch(`${front.url}/call`)
  expect(named(await reported(), 'front', 'CLIENT')[0]?.tags).toMatchObject({ 'error.type': error, error })
})

test('a call without an answer is an error, and its peer is still named', async () => {
  const front = await start({ calls: 'http://127.0.0.1:1/', call: { peer: 'ratings' } })
  await fetch(`${front.url}/call`)
  const [call] = named(await reported(), 'front', 'CLIENT')
  expect(call).toMatchObject({ remoteEndpoint: { serviceName: 'ratings', port: 1 }, tags: { error: 'unreachable' } })
})

const ids = { 'x-b3-traceid': '463ac35c9f6413ad', 'x-b3-spanid': 'a2fb4a1d1a96d312' }

test('a 64-bit trace id goes on, and is reported, with its 16 digits', async () => {
  const { front } = await twoServices('/headers')
  const sent = await sentOn(front.url, ids)
  expect(sent).toMatchObject({ 'x-b3-traceid': ids['x-b3-traceid'], 'x-b3-sampled': '1' })
  const spans = await reported()
  expect(spans.map((span) => span.traceId)).toEqual([ids['x-b3-traceid'], ids['x-b3-traceid'], ids['x-b3-traceid']])
  expect(named(spans, 'front', 'SERVER')[0]?.parentId).toBe(ids['x-b3-spanid'])
})

test('of trace contexts only the fresh one goes out, and all other headers go out as they came', async () => {
  const { front } = await twoServices('/headers')
  const others = {
    'x-request-id': 'r-1',
    'end-user': 'jason',
    sw8: '1-a-b-3-c-d-e-f',
    'x-datadog-trace-id': '7',
    'x-datadog-parent-id': '8',
    'x-ot-span-context': 'o',
    'x-cloud-trace-context': 'c/1;o=1',
    'grpc-trace-bin': 'AAA',
    baggage: 'tenant=7;p=1, b=2',
    'uber-trace-id': '1:2:0:1',
    'uberctx-tenant': '7',
    'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793',
  }
  const stale = {
    b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90',
    'x-b3-parentspanid': 'ffffffffffffffff',
    'x-b3-flags': '0',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=1',
  }
  const sent = await sentOn(front.url, { ...others, ...stale, ...ids })
  expect(sent).toMatchObject(others)
  const [root] = named(await reported(), 'front', 'SERVER')
  expect(sent).toMatchObject({ 'x-b3-traceid': '80f198ee56343ba864fe8b2a57d3eff7', 'x-b3-parentspanid': root?.id })
  for (const name of ['b3', 'x-b3-flags', 'traceparent', 'tracestate']) expect(sent).not.toHaveProperty(name)
})

test('what was denied makes no span and stays denied', async () => {
  const { front } = await twoServices('/headers')
  expect(await sentOn(front.url, { b3: '0' })).toMatchObject({ 'x-b3-sampled': '0' })
  expect(await reported()).toEqual([])
})

test.each([
  ['b3', ['b3']],
  ['b3multi', ['x-b3-parentspanid', 'x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid']],
  ['tracecontext', ['traceparent']],
  ['tracecontext, b3', ['b3', 'traceparent']],
  ['none', []],
])('OTEL_PROPAGATORS=%s sends %j', async (OTEL_PROPAGATORS, expected) => {
  const { front } = await twoServices('/headers', { env: { OTEL_PROPAGATORS } })
  const sent = Object.keys(await sentOn(front.url)).filter((name) => /^(x-)?b3|^trace/.test(name))
  expect(sent.toSorted()).toEqual(expected)
})

test('tracestate goes on with tracecontext, and baggage with baggage', async () => {
  const { front } = await twoServices('/headers', { env: { OTEL_PROPAGATORS: 'tracecontext,baggage' } })
  const sent = await sentOn(front.url, {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=1',
    baggage: 'user=jason',
  })
  expect(sent).toMatchObject({ tracestate: 'a=1', baggage: 'user=jason' })
  expect(sent['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
})

test('baggage that is freshly written stays inside the application too', async () => {
  const { front } = await twoServices('/headers', { env: { OTEL_PROPAGATORS: 'tracecontext,baggage' }, call: { external: true } })
  const sent = await sentOn(front.url, { baggage: 'user=jason' })
  expect(sent).toHaveProperty('traceparent')
  expect(sent).not.toHaveProperty('baggage')
})

test('DROP_HEADERS loses freshly written headers too, and the trace breaks', async () => {
  const { front } = await twoServices('/headers', { drop: ['x-b3-traceid', 'x-request-id'] })
  const sent = await sentOn(front.url, { 'x-request-id': 'r-1' })
  expect(sent).not.toHaveProperty('x-b3-traceid')
  expect(sent).not.toHaveProperty('x-request-id')
  expect(sent).toHaveProperty('x-b3-spanid')
  const spans = await reported()
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(2)
})

test("log lines of a request carry its span's ids", async () => {
  const front = await start()
  await fetch(`${front.url}/broken`)
  const [span] = await reported()
  const lines = front.log.filter((line) => ['request', 'unexpected error'].includes(String(line['msg'])))
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(line).toMatchObject({ trace_id: span?.traceId, span_id: span?.id })
})

test('spans of concurrent requests do not mix', async () => {
  const { front } = await twoServices('/headers')
  const traces = Array.from({ length: 20 }, (_, index) => (index + 1).toString(16).padStart(32, '0'))
  const answers = await Promise.all(
    traces.map((id) => sentOn(front.url, { 'x-b3-traceid': id, 'x-b3-spanid': 'aaaaaaaaaaaaaaaa', 'x-b3-sampled': '1' })),
  )
  expect(answers.map((sent) => sent['x-b3-traceid'])).toEqual(traces)
  const spans = await reported()
  for (const id of traces) expect(spans.filter((span) => span.traceId.padStart(32, '0') === id)).toHaveLength(3)
})
