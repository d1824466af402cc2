/** Spans of mesh and services together: in the real Zipkin, and in the mesh's own collector, which must tell the same. */
import { startZipkin, type ZipkinServer } from '@bookinfo/tools/zipkin-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mainOf } from '../src/pods/pod.ts'
import type { ZipkinSpan } from '../src/tracing/span.ts'
import { createZipkinReporter } from '../src/tracing/zipkin-reporter.ts'
import { dependencies } from '../src/zipkin/dependencies.ts'
import { zipkinPages } from '../src/zipkin/pages.ts'
import { startSmallMesh, type SmallMesh } from '../test/helpers/small-mesh.ts'

const traceId = '463ac35c9f6413ad48485a3953bb6124'

let zipkin: ZipkinServer
let mesh: SmallMesh
beforeAll(async () => {
  zipkin = await startZipkin()
  mesh = await startSmallMesh({
    main: ({ app }) => mainOf(app),
    tracing: { sample: () => true, reporter: createZipkinReporter(zipkin.endpoint) },
    appSpansTo: zipkin.endpoint,
  })
  mesh.mesh.rules.apply([{ file: 'v2.yaml', text: toV2 }])
})
afterAll(async () => {
  await mesh?.stop()
  await zipkin?.stop()
})

const toV2 = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: reviews}
spec:
  parentRefs: [{group: "", kind: Service, name: reviews, port: 9080}]
  rules: [{backendRefs: [{name: reviews-v2, port: 9080}]}]
`

test('one page is one trace, each span below the one that caused it', async () => {
  const answer = await fetch(`${mesh.addresses.gateway}/productpage`, { headers: { b3: `${traceId}-a2fb4a1d1a96d312-1` } })
  expect(answer.status).toBe(200)
  // Mesh: 9. Services: 4 SERVER and 3 CLIENT.
  const spans = await zipkin.trace(traceId, 16)
  expect(spans).toHaveLength(16)
  const by = (span: { tags?: Record<string, string>; kind?: string; localEndpoint?: { serviceName?: string } }) =>
    `${span.tags?.['component'] === 'proxy' ? 'mesh' : 'app'} ${span.kind} ${span.localEndpoint?.serviceName}`
  const tree = spans.map((span) => {
    const parent = spans.find(({ id }) => id === span.parentId)
    return `${parent ? by(parent) : 'browser'} > ${by(span)}`
  })
  expect(new Set(tree)).toEqual(
    new Set([
      'browser > mesh SERVER istio-ingressgateway',
      'mesh SERVER istio-ingressgateway > mesh CLIENT istio-ingressgateway',
      'mesh CLIENT istio-ingressgateway > mesh SERVER productpage',
      'mesh SERVER productpage > app SERVER productpage',
      'app SERVER productpage > app CLIENT productpage',
      'app CLIENT productpage > mesh CLIENT productpage',
      'mesh CLIENT productpage > mesh SERVER details',
      'mesh CLIENT productpage > mesh SERVER reviews',
      'mesh SERVER details > app SERVER details',
      'mesh SERVER reviews > app SERVER reviews',
      'app SERVER reviews > app CLIENT reviews',
      'app CLIENT reviews > mesh CLIENT reviews',
      'mesh CLIENT reviews > mesh SERVER ratings',
      'mesh SERVER ratings > app SERVER ratings',
    ]),
  )
})

test("the pages that the mesh's addresses lead to are Zipkin's", async () => {
  const { all, one } = zipkinPages(zipkin.url)
  for (const page of [all, one(traceId)]) {
    const answer = await fetch(page)
    expect([page, answer.status, answer.headers.get('content-type')]).toEqual([page, 200, expect.stringContaining('text/html')])
  }
})

test("the mesh's own linker finds the links that Zipkin finds", async () => {
  const spans = (await zipkin.trace(traceId, 16)) as unknown as ZipkinSpan[]
  const order = (links: { parent: string; child: string }[]) =>
    links.map((link) => JSON.stringify(link)).toSorted((a, b) => (a < b ? -1 : 1))
  const plain = (links: { parent: string; child: string; callCount: number; errorCount?: number }[]) =>
    links.map(({ parent, child, callCount, errorCount = 0 }) => ({ parent, child, callCount, errorCount }))
  const theirs = plain(await zipkin.dependencies())
  expect(order(plain(dependencies([spans])))).toEqual(order(theirs))
  expect(theirs).toEqual(
    expect.arrayContaining([
      { parent: 'istio-ingressgateway', child: 'productpage', callCount: 1, errorCount: 0 },
      { parent: 'productpage', child: 'details', callCount: 1, errorCount: 0 },
      { parent: 'productpage', child: 'reviews', callCount: 1, errorCount: 0 },
      { parent: 'reviews', child: 'ratings', callCount: 1, errorCount: 0 },
    ]),
  )
})
