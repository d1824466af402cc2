/** The application's own services, restarted while they answer: what takes long is answered too. */
import { startMesh, type RunningMesh } from '@bookinfo/tools/mesh-process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from '../test/helpers/lab.ts'

interface Status {
  workloads: { name: string; pods: { name: string; phase: string }[] }[]
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

test('a request that takes twelve seconds is answered by the pod that leaves', async () => {
  const [old] = await pods()
  const { port } = new URL(mesh.gateway)
  const answer = send(Number(port), '/probe/echo?delay=12000', { headers: { host: 'probes.test' } })
  await sleep(500)
  await fetch(`${mesh.console}/api/workloads/reviews-v1/restart`, { method: 'POST' })
  const { status, headers } = await answer
  expect({ status, by: headers['x-bookinfo-served-by'] }).toEqual({ status: 200, by: `reviews/v1/${old!.name}` })
  await expect.poll(async () => (await pods()).map(({ name, phase }) => name !== old!.name && phase)).toEqual(['ready'])
})
