import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Balancer, Cluster, Endpoint } from '../src/model/decision.ts'
import { pickEndpoint } from '../src/decide/pick-endpoint.ts'
import { numbers, quiet, seeded } from './support.ts'

const endpoints = (count: number): Endpoint[] =>
  Array.from({ length: count }, (_, index) => ({
    pod: `p${index}`,
    workload: 'w',
    namespace: 'default',
    labels: {},
    address: '127.0.0.1',
    port: 1,
  }))
const of = (count: number, more: Partial<Cluster> = {}): Cluster => ({
  name: 'c',
  host: 'h',
  port: 1,
  endpoints: endpoints(count),
  pool: { connectTimeoutMs: 1 },
  ...more,
})
const outlier = {
  consecutive5xxErrors: 1,
  consecutiveGatewayErrors: 0,
  intervalMs: 1,
  baseEjectionTimeMs: 1,
  maxEjectionPercent: 100,
  minHealthPercent: 0,
}
const without = (...pods: string[]) => ({ ...quiet, ejected: (_: string, pod: string) => pods.includes(pod) })
const random: Balancer = { kind: 'RANDOM' }
const pods = (picked: readonly (Endpoint | undefined)[]) => picked.map((each) => each?.pod)

test('ROUND_ROBIN takes endpoints in turn, by the counter of the cluster', () => {
  let turn = 0
  const state = { ...quiet, next: () => turn++ }
  expect(pods([1, 2, 3, 4].map(() => pickEndpoint(of(3), { kind: 'ROUND_ROBIN' }, state, numbers(0))))).toEqual(['p0', 'p1', 'p2', 'p0'])
})

test('RANDOM takes them by chance', () => {
  expect(pods([0, 0.34, 0.99].map((number) => pickEndpoint(of(3), random, quiet, numbers(number))))).toEqual(['p0', 'p1', 'p2'])
})

test('LEAST_REQUEST takes the less busy one of two different endpoints', () => {
  const state = { ...quiet, active: (pod: string) => (pod === 'p0' ? 5 : 1) }
  fc.assert(fc.property(fc.integer(), (seed) => pickEndpoint(of(2), { kind: 'LEAST_REQUEST' }, state, seeded(seed))?.pod === 'p1'))
})

test('LEAST_REQUEST spreads evenly when no endpoint is busy', () => {
  const counts: Record<string, number> = {}
  const chance = seeded(7)
  for (let index = 0; index < 9000; index++) {
    const pod = pickEndpoint(of(3), { kind: 'LEAST_REQUEST' }, quiet, chance)!.pod
    counts[pod] = (counts[pod] ?? 0) + 1
  }
  for (const count of Object.values(counts)) expect(Math.abs(count - 3000)).toBeLessThan(250)
})

test('HASH sends a key to the same endpoint every time', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.integer(), (key, a, b) => {
      const pick = (seed: number) => pickEndpoint(of(5), { kind: 'HASH', key }, quiet, seeded(seed))?.pod
      return pick(a) === pick(b)
    }),
  )
})

test('HASH moves a key only when its own endpoint goes', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 4 }), (key, gone) => {
      const before = pickEndpoint(of(5), { kind: 'HASH', key }, quiet, numbers(0))!.pod
      const left = of(5)
      const after = pickEndpoint({ ...left, endpoints: left.endpoints.toSpliced(gone, 1) }, { kind: 'HASH', key }, quiet, numbers(0))!.pod
      return before === `p${gone}` || before === after
    }),
  )
})

test('HASH spreads keys evenly', () => {
  const counts: Record<string, number> = {}
  for (let key = 0; key < 10_000; key++) {
    const pod = pickEndpoint(of(4), { kind: 'HASH', key: `user-${key}` }, quiet, numbers(0))!.pod
    counts[pod] = (counts[pod] ?? 0) + 1
  }
  for (const count of Object.values(counts)) expect(Math.abs(count - 2500)).toBeLessThan(250)
})

test('HASH without a key goes by chance', () => {
  expect(pods([0, 0.99].map((number) => pickEndpoint(of(3), { kind: 'HASH' }, quiet, numbers(number))))).toEqual(['p0', 'p2'])
})

test('an ejected endpoint is left out', () => {
  expect(pickEndpoint(of(2, { outlier }), random, without('p0'), numbers(0))?.pod).toBe('p1')
})

test('no endpoint is left when all are ejected, as in Istio', () => {
  expect(pickEndpoint(of(2, { outlier }), random, without('p0', 'p1'), numbers(0))).toBeUndefined()
})

test('below minHealthPercent ejected endpoints are used again', () => {
  expect(pickEndpoint(of(2, { outlier: { ...outlier, minHealthPercent: 60 } }), random, without('p0'), numbers(0))?.pod).toBe('p0')
})

test('a further try goes elsewhere', () => {
  expect(pickEndpoint(of(2), random, quiet, numbers(0), new Set(['p0']))?.pod).toBe('p1')
})

test('a further try goes to the same endpoint when there is no other', () => {
  expect(pickEndpoint(of(1), random, quiet, numbers(0), new Set(['p0']))?.pod).toBe('p0')
})

test('a further try leaves the nearest level when that has no other endpoint', () => {
  const [a, b] = endpoints(2)
  const cluster = of(2, { levels: [[{ weight: 1, endpoints: [a!] }], [{ weight: 1, endpoints: [b!] }]] })
  expect(pickEndpoint(cluster, random, quiet, numbers(0), new Set(['p0']))?.pod).toBe('p1')
})

test('groups of a level get shares by weight', () => {
  const [a, b] = endpoints(2)
  const cluster = of(2, {
    levels: [
      [
        { weight: 80, endpoints: [a!] },
        { weight: 20, endpoints: [b!] },
      ],
    ],
  })
  expect(
    pods(
      [
        [0, 0.79],
        [0, 0.81],
      ].map((each) => pickEndpoint(cluster, random, quiet, numbers(...each))),
    ),
  ).toEqual(['p0', 'p1'])
})

test('a level that is partly unhealthy passes on what it lacks', () => {
  const all = endpoints(6)
  const cluster = of(6, { outlier, levels: [[{ weight: 1, endpoints: all.slice(0, 4) }], [{ weight: 1, endpoints: all.slice(4) }]] })
  // Half of the first level is left: 1.4 × 50 % = 70 % stay there.
  const level = (number: number) => Number(pickEndpoint(cluster, random, without('p0', 'p1'), numbers(number, 0))!.pod.slice(1)) < 4
  expect([level(0.69), level(0.71)]).toEqual([true, false])
})

test('a cluster without endpoints gives none', () => {
  expect(pickEndpoint(of(0), random, quiet, numbers(0))).toBeUndefined()
})
