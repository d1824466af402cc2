/** Prometheus scrapes every service through the sidecars, and every panel of the Grafana dashboard shows something. */
import { reach } from '@bookinfo/tools/k8s-reach'
import { run } from '@bookinfo/tools/k8s-run'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { get } from './support/bookinfo.ts'
import { apply, applyText, kubectlJson, namespace, ready, remove, removeRules, root } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

const manifest = readFileSync(`${root}addons/prometheus.yaml`, 'utf8')
const dashboard = JSON.parse(readFileSync(`${root}kustomize/base/grafana/bookinfo.json`, 'utf8'))

let prometheus: string
let stop = async () => {}
let visitor = Promise.resolve()
const leave = new AbortController()

/** Asks for pages as long as the tests take: rates are those of the last minute, and a share of nothing is not a number. */
async function visit(): Promise<void> {
  while (!leave.signal.aborted) {
    await get('/productpage')
    await get('/api/v1/products/0/ratings')
    await sleep(50)
  }
}

beforeAll(async () => {
  await removeRules()
  // Mutual TLS for all: what Prometheus reads must not depend on plaintext being let in.
  await apply('security/peer-authentication-strict.yaml')
  await applyText(inject('lab') ? await forLab() : manifest, 'istio-system')
  await ready('istio-system', 'prometheus')
  const service = await reach('prometheus', 9090, 'istio-system')
  prometheus = service.url
  stop = service.stop
  visitor = visit()
})
afterAll(async () => {
  leave.abort()
  await visitor
  await stop()
  await remove(['addons/prometheus.yaml', 'security/peer-authentication-strict.yaml'])
})

/**
 * The lab holds Debian's Prometheus, can pull no other, and Debian leaves the discovery of Kubernetes out. So its targets are written down here,
 * with the labels that discovery gives them; what the configuration makes of those labels is tested as it is.
 */
async function forLab(): Promise<string> {
  const documents = parseAllDocuments(manifest.replace(/prom\/prometheus:v[\d.]+/, 'prom/prometheus:v2.42.0')).map((document) =>
    document.toJS(),
  )
  const map = documents.find(({ kind }) => kind === 'ConfigMap')
  const config = parse(map.data['prometheus.yml'])
  const { items } = await kubectlJson('get', 'pods', '-A')
  const targets = items.map(({ metadata, status }: any) => ({
    targets: [`${status.podIP}:80`],
    labels: {
      __meta_kubernetes_namespace: metadata.namespace,
      __meta_kubernetes_pod_name: metadata.name,
      __meta_kubernetes_pod_ip: status.podIP,
      __meta_kubernetes_pod_phase: status.phase,
      ...prefixed('__meta_kubernetes_pod_label_', metadata.labels),
      ...prefixed('__meta_kubernetes_pod_annotation_', metadata.annotations),
    },
  }))
  const [{ kubernetes_sd_configs: _discovery, ...job }] = config.scrape_configs
  map.data['prometheus.yml'] = stringify({ ...config, scrape_configs: [{ ...job, static_configs: targets }] })
  return documents.map((document) => stringify(document)).join('---\n')
}

const prefixed = (prefix: string, values: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name.replaceAll(/[^a-zA-Z0-9_]/g, '_'), value]))

/** The result of a query. @throws when Prometheus refuses it. */
async function query(promql: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const response = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`)
  const { status, error, data } = (await response.json()) as any
  if (status !== 'success') throw new Error(`${promql}: ${error}`)
  return data.result
}

const asGrafana = (expr: string) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$namespace', namespace)

test('all six workloads are scraped, past mutual TLS', async () => {
  const workloads = ['details v1', 'productpage v1', 'ratings v1', 'reviews v1', 'reviews v2', 'reviews v3']
  await eventually(async () => {
    const found = await query(`count by (service, version) (http_request_duration_seconds_count{namespace="${namespace}"})`)
    expect(found.map(({ metric }) => `${metric['service']} ${metric['version']}`).sort()).toEqual(workloads)
  })
})

test('Prometheus may list pods, and nothing else of the cluster', async () => {
  const account = '--as=system:serviceaccount:istio-system:prometheus'
  const may = (verb: string, what: string) =>
    run('kubectl', ['auth', 'can-i', verb, what, account, '-A']).then(
      ({ stdout }) => stdout.trim(),
      () => 'no',
    )
  expect([await may('list', 'pods'), await may('watch', 'pods'), await may('list', 'secrets'), await may('delete', 'pods')]).toEqual([
    'yes',
    'yes',
    'no',
    'no',
  ])
})

test('the counter that tutorials know is there', async () => {
  await eventually(async () => {
    const found = await query(`sum by (destination_app) (request_result_total{namespace="${namespace}", response_code="200"})`)
    expect(found.map(({ metric }) => metric['destination_app'] ?? '').sort()).toEqual(['details', 'ratings', 'reviews'])
  })
})

interface Panel {
  type: string
  title: string
  targets?: { expr: string }[]
}
const rows = (dashboard.panels as Panel[]).reduce<{ title: string; panels: Panel[] }[]>((all, panel) => {
  if (panel.type === 'row') all.push({ title: panel.title, panels: [] })
  else all.at(-1)?.panels.push(panel)
  return all
}, [])
const queries = (row: number) =>
  rows[row]?.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)) ?? []

describe('dashboard, what the services say', () => {
  test.each(queries(0))('%s', async (_title, expr) => {
    await eventually(async () => {
      const found = await query(asGrafana(expr))
      expect(found.length).toBeGreaterThan(0)
      expect(found.filter(({ value }) => value[1] === 'NaN')).toEqual([])
    })
  })
})

describe("dashboard, what Istio's proxies say: valid queries, empty where the proxy is a vanilla Envoy", () => {
  test.each(queries(1))('%s', async (_title, expr) => {
    await eventually(async () => {
      const known = await query(`count(istio_requests_total{destination_workload_namespace="${namespace}"})`)
      const found = await query(asGrafana(expr))
      expect(found.length > 0 || known.length === 0).toBe(true)
    })
  })
})
