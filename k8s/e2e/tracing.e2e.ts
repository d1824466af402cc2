/** One page is one trace in Zipkin: by only the sidecars, and with the spans of the services. */
import { reach } from '@bookinfo/tools/k8s-reach'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from './support/bookinfo.ts'
import { apply, kubectl, namespace, ready, remove, removeRules, rolledOut, services } from './support/cluster.ts'
import { eventually, patience } from '@bookinfo/tools/eventually'

interface Span {
  traceId: string
  id: string
  parentId?: string
  kind?: string
  localEndpoint?: { serviceName?: string }
  tags?: Record<string, string>
}

let zipkin: string
let stop = async () => {}

beforeAll(async () => {
  await removeRules()
  await apply(['addons/zipkin.yaml', 'addons/telemetry.yaml'])
  await apply(['networking/destination-rule-all.yaml', 'networking/virtual-service-reviews-v3.yaml'])
  await ready('istio-system', 'zipkin')
  const service = await reach('zipkin', 9411, 'istio-system')
  zipkin = service.url
  stop = service.stop
})
afterAll(async () => {
  await stop()
  await removeRules()
  await remove(['addons/telemetry.yaml', 'addons/zipkin.yaml'])
})

/**
 * Asks for the page until one of these requests is one trace of so many spans or more. A telemetry change reaches each sidecar in its own time, and
 * spans arrive in theirs: early requests may never be whole, late ones not yet.
 */
async function traceOfPage(count: number): Promise<Span[]> {
  const marks: string[] = []
  return eventually(
    async () => {
      const mark = randomUUID()
      const { text } = await get(`/productpage?mark=${mark}`)
      if (text.includes('glyphicon glyphicon-star')) marks.push(mark)
      const response = await fetch(`${zipkin}/api/v2/traces?limit=1000&lookback=${60 * patience}`)
      const traces = (await response.json()) as Span[][]
      const found = marks.map((each) => traces.filter((spans) => spans.some(({ tags }) => tags?.['http.url']?.includes(each))))
      const whole = found.find(([first = [], ...others]) => first.length >= count && others.length === 0)
      if (!whole)
        throw new Error(
          `no page is one trace of ${count} spans: ${found.map((each) => each.map(({ length }) => length).join(' and ')).join(', ')}`,
        )
      return whole[0]!
    },
    patience,
    500,
  )
}

const names = (spans: Span[]) => [...new Set(spans.map(({ localEndpoint }) => localEndpoint?.serviceName?.split('.')[0] ?? ''))].sort()

/** Spans that are neither the root nor the child of another span of the trace. */
function orphans(spans: Span[]): Span[] {
  const ids = new Set(spans.map(({ id }) => id))
  return spans.filter(({ parentId }) => parentId && !ids.has(parentId))
}

describe('services that forward the headers', () => {
  test('one page is one trace of gateway and sidecars', async () => {
    const spans = await traceOfPage(9)
    expect(names(spans)).toEqual(['details', 'istio-ingressgateway', 'productpage', 'ratings', 'reviews'])
    expect(spans).toHaveLength(9)
    expect(spans.filter(({ parentId }) => !parentId)).toHaveLength(1)
    expect(orphans(spans)).toEqual([])
  })

  test('each hop has a CLIENT and a SERVER span with their own ids', async () => {
    const spans = await traceOfPage(9)
    expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length)
    const kinds = Object.groupBy(spans, ({ kind }) => kind ?? 'none')
    expect([kinds['CLIENT']?.length, kinds['SERVER']?.length]).toEqual([4, 5])
  })
})

describe('services that report spans', () => {
  beforeAll(async () => {
    const endpoint = 'OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://zipkin.istio-system:9411/api/v2/spans'
    await kubectl('set', 'env', 'deployment', '-n', namespace, '-l', services, 'OTEL_TRACES_EXPORTER=zipkin', endpoint)
    await rolledOut()
    await ready()
  })
  afterAll(async () => {
    await apply('platform/kube/bookinfo.yaml')
    const variables = ['OTEL_TRACES_EXPORTER-', 'OTEL_EXPORTER_ZIPKIN_ENDPOINT-']
    await kubectl('set', 'env', 'deployment', '-n', namespace, '-l', services, ...variables)
    await rolledOut()
  })

  test('one page is one trace of gateway, sidecars and services', async () => {
    // 9 spans of the proxies, a SERVER span of each of the four services, a CLIENT span of each of their three calls.
    const spans = await traceOfPage(16)
    expect(spans).toHaveLength(16)
    expect(names(spans)).toEqual(['details', 'istio-ingressgateway', 'productpage', 'ratings', 'reviews'])
    expect(orphans(spans)).toEqual([])
  })
})
