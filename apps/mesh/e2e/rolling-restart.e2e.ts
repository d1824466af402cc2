/** The application's own services, restarted while they answer: what takes long is answered too. */
import { startMesh, type RunningMesh } from '@bookinfo/tools/mesh-process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../test/helpers/lab.ts'

interface Status {
  workloads: { name: string; pods: { name: string; phase: string; address: string }[] }[]
}

let mesh: RunningMesh
beforeAll(async () => {
  mesh = await startMesh({ env: { BOOKINFO_PROBE: 'on' } })
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: probes}
spec:
  hosts: [probes.test]
  gateways: [bookinfo-gateway]
  http: [{route: [{destination: {host: reviews, port: {number: 9080}, subset: v1}}]}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
`)
})
afterAll(() => mesh.stop())

/** Pods of reviews-v1 that are there, with their phases. */
async function pods() {
  const { workloads } = (await (await fetch(`${mesh.console}/api/status`)).json()) as Status
  return workloads.find(({ name }) => name === 'reviews-v1')!.pods
}

/** How many requests with that mark have come to a pod. */
async function arrived(address: string, mark: string): Promise<number> {
  const { count } = (await (await fetch(`http://${address}/probe/ledger?id=${mark}`)).json()) as { count: number }
  return count
}

test('a request that takes twelve seconds is answered by the pod that leaves', async () => {
  const [old] = await pods()
  const { port } = new URL(mesh.gateway)
  const answer = send(Number(port), '/probe/echo?delay=12000', { headers: { host: 'probes.test', 'x-probe-id': 'slow' } })
  await expect.poll(() => arrived(old!.address, 'slow')).toBe(1)
  await fetch(`${mesh.console}/api/workloads/reviews-v1/restart`, { method: 'POST' })
  const { status, headers } = await answer
  expect({ status, by: headers['x-bookinfo-served-by'] }).toEqual({ status: 200, by: `reviews/v1/${old!.name}` })
  await expect.poll(async () => (await pods()).map(({ name, phase }) => name !== old!.name && phase)).toEqual(['ready'])
})
