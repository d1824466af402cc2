/** Pods that leave under traffic: no request is lost, whether it is new, is being answered or waits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let running: SmallMesh
beforeAll(async () => {
  running = await startSmallMesh()
  const route = (name: string, http: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${name}.test]
  gateways: [bookinfo-gateway]
  http: [{${http}, route: [{destination: {host: productpage, port: {number: 9080}}}]}]
---`
  const text = [route('quick', 'name: quick'), route('delayed', 'fault: {delay: {fixedDelay: 2s, percentage: {value: 100}}}')]
  running.mesh.rules.apply([{ file: 'routes.yaml', text: text.join('') }])
})
afterAll(() => running.stop())

const restart = () => running.mesh.fleet.restart(running.mesh.fleet.workload('productpage-v1')!)
const status = async (host: string, path = '/') =>
  (await send(running.mesh.gatewayPort, path, { headers: { host: `${host}.test` } })).status

test('five restarts under load lose no request, short or long', async () => {
  const statuses: Record<number, number> = {}
  const over = new AbortController()
  const client = async (path: string) => {
    while (!over.signal.aborted) {
      const given = await status('quick', path)
      statuses[given] = (statuses[given] ?? 0) + 1
    }
  }
  const clients = ['/', '/', '/', '/slow', '/slow'].map(client)
  for (let round = 0; round < 5; round++) await restart()
  over.abort()
  await Promise.all(clients)
  expect(Object.keys(statuses)).toEqual(['200'])
})

test('a request that waits while its pods are replaced goes to the new ones', async () => {
  const waiting = status('delayed')
  await sleep(50)
  await restart()
  expect(await waiting).toBe(200)
})
