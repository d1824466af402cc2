/** The whole application behind the mesh, as `npm start` runs it. */
import { eventually } from '@bookinfo/tools/eventually'
import { knownEnv } from '@bookinfo/tools/known-env'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startingRules } from '../src/control/library.ts'
import { startMesh, type Mesh } from '../src/mesh.ts'
import { allReady } from '../src/ready.ts'
import type { ZipkinSpan } from '../src/tracing/span.ts'

let mesh: Mesh
const spans: ZipkinSpan[] = []

beforeAll(async () => {
  const reporter = { report: (span: ZipkinSpan) => void spans.push(span), close: async () => undefined }
  mesh = await startMesh({ gatewayPort: 0, env: knownEnv(), logLevel: 'warn', tracing: { sample: () => true, reporter } })
  mesh.rules.apply([startingRules()])
  await allReady(mesh.fleet)
})
afterAll(() => mesh.stop())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`http://localhost:${mesh.gatewayPort}${path}`, { headers })

test('the page comes through the gateway, with reviews of every version in turn', async () => {
  const pods = new Set<string>()
  // A page whose reviews a starved machine answered too late names no pod.
  await eventually(async () => {
    const page = await get('/productpage')
    expect(page.status).toBe(200)
    expect(page.headers.get('server')).toBe('istio-envoy')
    expect(page.headers.get('x-envoy-upstream-service-time')).toMatch(/^\d+$/)
    const [pod] = /reviews-v[123]-[a-z0-9]+-[a-z0-9]{5}/.exec(await page.text()) ?? []
    if (pod) pods.add(pod)
    expect([...pods].map((name) => name.slice(0, 10)).toSorted()).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
  })
})

test.each(['/', '/health', '/productpage/more', '/metrics', '/openapi.json', '/productpage/../metrics'])(
  'the gateway has no route for %s',
  async (path) => {
    expect((await get(path)).status).toBe(404)
  },
)

test.each(['/productpage', '/api/v1/products', '/api/v1/products/0/ratings'])('the gateway knows %s', async (path) => {
  await expect.poll(async () => (await get(path)).status).toBe(200)
})

/** Waits until the gateway has reported its two spans of a page, which are the last. */
const ended = (traceId: string) =>
  expect
    .poll(() => spans.filter((span) => span.traceId === traceId && span.localEndpoint?.serviceName === 'istio-ingressgateway'))
    .toHaveLength(2)

test('every hop of one page is a CLIENT and a SERVER span of one trace, each under its caller', async () => {
  let page: ZipkinSpan[] = []
  // Reviews v1 asks no ratings, and a starved machine asks twice: another page then.
  for (let i = 0; i < 30 && page.length !== 9; i++) {
    const traceId = `463ac35c9f6413ad48485a3953bb61${i + 10}`
    await (await get('/productpage', { b3: `${traceId}-a2fb4a1d1a96d312-1` })).text()
    await ended(traceId)
    page = spans.filter((span) => span.traceId === traceId)
  }
  const nameOf = (span: ZipkinSpan) => `${span.kind} ${span.localEndpoint?.serviceName}`
  const tree = page.map((span) => {
    const parent = page.find(({ id }) => id === span.parentId)
    return `${parent ? nameOf(parent) : span.parentId} > ${nameOf(span)}`
  })
  expect(tree.toSorted()).toEqual([
    'CLIENT istio-ingressgateway > SERVER productpage',
    'CLIENT productpage > SERVER details',
    'CLIENT productpage > SERVER reviews',
    'CLIENT reviews > SERVER ratings',
    'SERVER istio-ingressgateway > CLIENT istio-ingressgateway',
    'SERVER productpage > CLIENT productpage',
    'SERVER productpage > CLIENT productpage',
    'SERVER reviews > CLIENT reviews',
    'a2fb4a1d1a96d312 > SERVER istio-ingressgateway',
  ])
  expect(new Set(page.map(({ id }) => id)).size).toBe(9)
})

test('x-b3-sampled: 0 is kept on every hop: no span of that page', async () => {
  const [unsampled, sampled] = ['563ac35c9f6413ad48485a3953bb6124', '663ac35c9f6413ad48485a3953bb6124']
  await (await get('/productpage', { b3: `${unsampled}-a2fb4a1d1a96d312-0` })).text()
  // Spans of a page are reported when it ends: once those of the next one are there, the first has none to come.
  await (await get('/productpage', { b3: `${sampled}-a2fb4a1d1a96d312-1` })).text()
  await ended(sampled)
  expect(spans.filter(({ traceId }) => traceId === unsampled)).toEqual([])
})

test('a workload that was killed is back soon, under its name', async () => {
  const [details] = mesh.fleet.of('details-v1')
  const death = new Promise((resolve) => mesh.fleet.once('death', (replica, { how }) => resolve([replica.pod.name, how])))
  details!.pod.kill()
  expect(await death).toEqual([details!.pod.name, 'SIGKILL'])
  await allReady(mesh.fleet)
  await expect.poll(async () => (await get('/api/v1/products/0')).status).toBe(200)
})

test('reviews-v2 with three replicas has three pods that answer', async () => {
  const { fleet } = mesh
  fleet.scale(fleet.workload('reviews-v2')!, 3)
  await allReady(fleet)
  expect(new Set(fleet.endpoints.filter(({ workload }) => workload === 'reviews-v2').map(({ pod }) => pod)).size).toBe(3)
  fleet.scale(fleet.workload('reviews-v2')!, 1)
  await expect.poll(() => fleet.of('reviews-v2').length).toBe(1)
})
