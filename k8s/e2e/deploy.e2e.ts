/** Bookinfo as bookinfo.yaml deploys it in a namespace with injection. */
import { expect, test } from 'vitest'
import { count, get, login, reviewsVersion } from './support/bookinfo.ts'
import { apply, createNamespace, deleteNamespace, kubectl, kubectlJson, pods, ready, removeRules } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

const mebibyte = 2 ** 20

test('every pod is 2/2 ready, the sidecar included', async () => {
  const all = await pods('app.kubernetes.io/part-of=bookinfo')
  expect(all).toHaveLength(6)
  const states = ({ containerStatuses, initContainerStatuses = [] }: any) =>
    [...containerStatuses, ...initContainerStatuses.filter(({ name }: any) => name === 'istio-proxy')].map(
      (one: any) => `${one.name} ${one.ready}`,
    )
  for (const { metadata, status } of all) expect(states(status).sort()).toEqual([`${metadata.labels.app} true`, 'istio-proxy true'].sort())
})

test('six workloads take less than 64 MiB each at rest', async () => {
  const { readyMs, memory } = await deployment()
  console.log(`| from kubectl apply to six ready workloads | ${(readyMs / 1000).toFixed(1)} s |`)
  for (const { pod, mib } of memory) console.log(`| working set of ${pod} | ${mib.toFixed(1)} MiB |`)
  expect(memory).toHaveLength(6)
  expect(memory.filter(({ mib }) => mib >= 64)).toEqual([])
})

/** Deploys Bookinfo once more, measures it and removes it: milliseconds to readiness, and the working set of each service's own container. */
async function deployment() {
  const name = 'bookinfo-e2e-measured'
  await createNamespace(name, { 'istio-injection': 'enabled' })
  try {
    const start = performance.now()
    await apply('platform/kube/bookinfo.yaml', name)
    await ready(name)
    return { readyMs: performance.now() - start, memory: await workingSets(name) }
  } finally {
    await deleteNamespace(name)
  }
}

async function workingSets(of: string) {
  const node = (await kubectlJson('get', 'nodes')).items[0].metadata.name
  const line = new RegExp(
    `^container_memory_working_set_bytes\\{container="(?!istio)[^"]+",namespace="${of}",pod="([^"]+)"\\} (\\S+)`,
    'gm',
  )
  // The kubelet measures every 10 s or so.
  return eventually(async () => {
    const seen = [...(await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/metrics/resource`)).matchAll(line)]
    if (seen.length < 6) throw new Error(`the kubelet has measured ${seen.length} of 6 containers`)
    return seen.map(([, pod = '', bytes]) => ({ pod, mib: Number(bytes) / mebibyte }))
  })
}

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
