/** Bookinfo as bookinfo.yaml deploys it in a namespace with injection. */
import { expect, inject, test } from 'vitest'
import { count, get, login, reviewsVersion } from './support/bookinfo.ts'
import { kubectl, kubectlJson, namespace, pods, removeRules } from './support/cluster.ts'
import { eventually } from './support/eventually.ts'

const mebibyte = 2 ** 20

test('all six workloads are ready within 15 s of kubectl apply', () => {
  console.log(`from kubectl apply to six ready workloads: ${(inject('readyMs') / 1000).toFixed(1)} s`)
  expect(inject('readyMs')).toBeLessThan(15_000)
})

test('every pod is 2/2 ready, the sidecar included', async () => {
  const all = await pods('app.kubernetes.io/part-of=bookinfo')
  expect(all).toHaveLength(6)
  const states = ({ containerStatuses, initContainerStatuses = [] }: any) =>
    [...containerStatuses, ...initContainerStatuses.filter(({ name }: any) => name === 'istio-proxy')].map(
      ({ name, ready }: any) => `${name} ${ready}`,
    )
  for (const { metadata, status } of all) expect(states(status).sort()).toEqual([`${metadata.labels.app} true`, 'istio-proxy true'].sort())
})

test("a service's own container takes less than 64 MiB at rest", async () => {
  const { items } = await kubectlJson('get', 'nodes')
  const name = items[0].metadata.name
  const ofService = new RegExp(
    `^container_memory_working_set_bytes\\{container="(?!istio)([^"]+)",namespace="${namespace}",pod="([^"]+)"\\} (\\S+)`,
    'gm',
  )
  // The kubelet measures every 10 s or so.
  const seen = await eventually(async () => {
    const metrics = [...(await kubectl('get', '--raw', `/api/v1/nodes/${name}/proxy/metrics/resource`)).matchAll(ofService)]
    expect(metrics).toHaveLength(6)
    return metrics.map(([, , pod, bytes]) => ({ pod: pod ?? '', mib: Number(bytes) / mebibyte }))
  })
  for (const { pod, mib } of seen) console.log(`working set of ${pod}: ${mib.toFixed(1)} MiB`)
  expect(seen.filter(({ mib }) => mib >= 64)).toEqual([])
})

test('the page comes through the ingress gateway', async () => {
  const { status, text } = await get('/productpage')
  expect(status).toBe(200)
  expect(text).toContain('<title>Simple Bookstore App</title>')
})

test('the gateway lets nothing else in', async () => {
  expect((await get('/metrics')).status).toBe(404)
  expect((await get('/probe/echo')).status).toBe(404)
})

test('without rules the requests spread over all three versions', async () => {
  await removeRules()
  // Least request, Istio's default, promises no shares; each version must get its part of 60 requests.
  const counts = await count(60)
  expect(Object.keys(counts).sort()).toEqual(['v1', 'v2', 'v3'])
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(5)
})

test('a sign-in lasts', async () => {
  const session = await login('jason')
  expect((await get('/productpage', { session })).text).toContain('jason')
})

test('the page shows which pod of reviews answered', async () => {
  const versions = new Set((await pods('app=reviews')).map(({ metadata }) => metadata.name))
  const { text } = await get('/productpage')
  expect([...versions].filter((pod) => text.includes(pod))).toHaveLength(1)
  expect(await reviewsVersion()).toMatch(/^v[123]$/)
})
