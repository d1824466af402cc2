/** The same rules and the same requests, on a real Istio with Envoy and on the local mesh: they agree on every one. */
import { startMesh, type RunningMesh } from '@bookinfo/tools/mesh-process'
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, type Seen } from './support/ask.ts'
import { apply, applyText, createNamespace, deleteNamespace, gateway, kubectl, rolledOut } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'
import { ruleCases, type RequestCase } from './support/rule-cases.ts'

const space = 'bookinfo-fidelity'
/** 60 rules and 10 requests each, the same in every run. */
const { yaml, requests } = ruleCases(20261122, 60, 10)
const agent = new Agent({ keepAlive: true, maxSockets: 4 })

let mesh: RunningMesh

beforeAll(async () => {
  await createNamespace(space, { 'istio-injection': 'enabled' })
  await apply('platform/kube/bookinfo.yaml', space)
  await kubectl('delete', 'deployment', 'productpage-v1', '-n', space)
  await kubectl('set', 'env', 'deployment', '--all', '-n', space, 'BOOKINFO_PROBE=on')
  await rolledOut(space)
  await applyText(yaml, space)
  mesh = await startMesh({ env: { BOOKINFO_PROBE: 'on' } })
  await mesh.apply(yaml)
})
afterAll(async () => {
  agent.destroy()
  await mesh?.stop()
  await deleteNamespace(space)
})

/** Destination, status, what arrived there, and every header that a rule can set. */
const decided = ({ status, destination, received, text, headers }: Seen) => ({
  status,
  destination,
  received,
  text,
  headers: {
    location: headers['location'],
    'x-set': headers['x-set'],
    'x-add': headers['x-add'],
    'x-a': headers['x-a'],
    'end-user': headers['end-user'],
  },
})
const differs = (real: Seen, local: Seen) => JSON.stringify(decided(real)) !== JSON.stringify(decided(local))

let results: { request: RequestCase; real: Seen; local: Seen }[]

test('600 requests by 60 rules: the same destination, status, path, body and headers as on a real Envoy', async () => {
  const askReal = (request: RequestCase) => ask(gateway(), request, agent)
  results = []
  for (const request of requests) results.push({ request, local: await ask(mesh.gateway, request, agent), real: await askReal(request) })
  // Istio takes a moment to spread rules: where the two differ, the request to Istio is repeated. The local mesh has one try.
  await eventually(async () => {
    const different = results.filter(({ real, local }) => differs(real, local))
    for (const result of different) result.real = await askReal(result.request)
    expect(
      different
        .filter(({ real, local }) => differs(real, local))
        .map(({ request, real, local }) => ({ request, real: decided(real), local: decided(local) })),
    ).toEqual([])
  })
  // Without variety the agreement would mean little.
  const destinations = new Set(results.map(({ real }) => real.destination ?? `status ${real.status}`))
  expect([...destinations].sort()).toEqual(
    expect.arrayContaining([
      'details v1',
      'ratings v1',
      'reviews v1',
      'reviews v2',
      'reviews v3',
      'status 301',
      'status 404',
      'status 418',
      'status 555',
    ]),
  )
})

/** Node tells an HTTP/1.1 client that its connection stays open and for how long; Envoy leaves out what goes without saying. */
const otherDifferences = new Set(['connection', 'keep-alive'])

test('other headers differ by none that is not listed', () => {
  const others = new Set<string>()
  for (const { real, local } of results) {
    for (const name of new Set([...Object.keys(real.headers), ...Object.keys(local.headers)])) {
      if (JSON.stringify(real.headers[name]) !== JSON.stringify(local.headers[name])) others.add(name)
    }
  }
  expect([...others].filter((name) => !otherDifferences.has(name))).toEqual([])
})
