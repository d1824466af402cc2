/** One page's trace in the real Zipkin, reported by the four real services in span mode. */
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { startZipkin, type ZipkinServer, type ZipkinSpan } from '@bookinfo/tools/zipkin-server'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = (name: string) => fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url))
const running: ServiceProcess[] = []
let zipkin: ZipkinServer
/** Ports of the services that every test uses. */
const ports: Record<string, string> = {}

async function start(name: string, version: string, env: Record<string, string> = {}): Promise<string> {
  const service = await startService(main(name), {
    LOG_LEVEL: 'error',
    DRAIN_DELAY_MS: '0',
    SERVICE_VERSION: version,
    HOSTNAME: `${name}-${version}-5f7d9c6b8-x2x4k`,
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: zipkin.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    ...env,
  })
  running.push(service)
  return String(service.port)
}

const at = (name: string) => ({
  [`${name.toUpperCase()}_HOSTNAME`]: '127.0.0.1',
  [`${name.toUpperCase()}_SERVICE_PORT`]: ports[name] ?? '',
})

beforeAll(async () => {
  zipkin = await startZipkin()
  ports['details'] = await start('details', 'v1')
  ports['ratings'] = await start('ratings', 'v1')
  ports['reviews'] = await start('reviews', 'v3', { ENABLE_RATINGS: 'true', STAR_COLOR: 'red', ...at('ratings') })
  ports['productpage'] = await start('productpage', 'v1', { ...at('details'), ...at('reviews'), ...at('ratings') })
})

afterAll(async () => {
  await Promise.all(running.map((service) => service.stop()))
  await zipkin?.stop()
})

/** Opens the page of `port` within a new trace of this id's width, as a gateway that samples would. @returns the trace's id. */
async function openPage(port = ports['productpage'], traceId = randomBytes(16).toString('hex')): Promise<string> {
  const headers = { 'x-b3-traceid': traceId, 'x-b3-spanid': 'aaaaaaaaaaaaaaaa', 'x-b3-sampled': '1' }
  const page = await fetch(`http://127.0.0.1:${port}/productpage`, { headers })
  expect(page.status).toBe(200)
  await page.text()
  return traceId
}

const only = (spans: ZipkinSpan[], service: string, kind: string, peer?: string): ZipkinSpan => {
  const found = spans.filter(
    (span) => span.localEndpoint.serviceName === service && span.kind === kind && (!peer || span.remoteEndpoint?.serviceName === peer),
  )
  expect(found, `${kind} spans of ${service}`).toHaveLength(1)
  return found[0] as ZipkinSpan
}

test('a page is 4 SERVER and 3 CLIENT spans of one trace, each under its caller', async () => {
  const spans = await zipkin.trace(await openPage(), 7)
  expect(spans).toHaveLength(7)

  const page = only(spans, 'productpage', 'SERVER')
  expect(page).toMatchObject({ name: 'get /productpage', parentId: 'aaaaaaaaaaaaaaaa', tags: { 'http.response.status_code': '200' } })
  const hops = [
    ['productpage', 'details', page, 'get /details/:id'],
    ['productpage', 'reviews', page, 'get /reviews/:id'],
    ['reviews', 'ratings', only(spans, 'reviews', 'SERVER'), 'get /ratings/:id'],
  ] as const
  for (const [caller, callee, within, name] of hops) {
    const call = only(spans, caller, 'CLIENT', callee)
    expect(call).toMatchObject({
      parentId: within.id,
      remoteEndpoint: { serviceName: callee, port: Number(ports[callee]) },
      tags: { 'peer.service': callee, 'http.response.status_code': '200' },
    })
    expect(only(spans, callee, 'SERVER')).toMatchObject({ name, parentId: call.id })
  }
})

test('each span names the version and the pod that it ran in', async () => {
  const spans = await zipkin.trace(await openPage(), 7)
  for (const { localEndpoint, tags } of spans) {
    const version = localEndpoint.serviceName === 'reviews' ? 'v3' : 'v1'
    expect(tags).toMatchObject({
      'service.version': version,
      'k8s.pod.name': `${localEndpoint.serviceName}-${version}-5f7d9c6b8-x2x4k`,
    })
  }
})

test('a 64-bit trace stays one trace', async () => {
  const spans = await zipkin.trace(await openPage(undefined, randomBytes(8).toString('hex')), 7)
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
  expect(spans[0]?.traceId).toHaveLength(16)
})

test('a service that does not answer is in the graph too, by the name of the peer', async () => {
  const page = await start('productpage', 'v1', { ...at('details'), DETAILS_SERVICE_PORT: '9', ...at('reviews') })
  const spans = await zipkin.trace(await openPage(page), 5)
  expect(only(spans, 'productpage', 'CLIENT', 'details').tags).toMatchObject({ error: 'unreachable' })
  await expect
    .poll(() => zipkin.dependencies())
    .toContainEqual(expect.objectContaining({ parent: 'productpage', child: 'details', errorCount: 1 }))
})

test("Zipkin's dependency graph is the application", async () => {
  await openPage()
  const links = async () => (await zipkin.dependencies()).map(({ parent, child }) => `${parent} → ${child}`).toSorted()
  await expect.poll(links).toEqual(['productpage → details', 'productpage → reviews', 'reviews → ratings'])
})

test('the lesson: a service that drops the trace id breaks the trace in two', async () => {
  const reviews = await start('reviews', 'v3', {
    ENABLE_RATINGS: 'true',
    STAR_COLOR: 'red',
    ...at('ratings'),
    DROP_HEADERS: 'x-b3-traceid,x-b3-spanid',
  })
  const page = await start('productpage', 'v1', { ...at('details'), ...at('reviews'), REVIEWS_SERVICE_PORT: reviews })
  const traceId = await openPage(page)
  const spans = await zipkin.trace(traceId, 6)
  expect(spans.map((span) => `${span.localEndpoint.serviceName} ${span.kind}`).toSorted()).toEqual([
    'details SERVER',
    'productpage CLIENT',
    'productpage CLIENT',
    'productpage SERVER',
    'reviews CLIENT',
    'reviews SERVER',
  ])
})
