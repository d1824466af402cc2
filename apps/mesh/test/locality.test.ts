/** Where pods are: labels that they are given, and what localityLbSetting makes of them in the running mesh. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
const places = { 'productpage-v1': 'eu.a.rack1', 'reviews-v1': 'eu.a.rack1', 'reviews-v2': 'eu.b', 'reviews-v3': 'us' }
beforeAll(async () => {
  small = await startSmallMesh()
  for (const [workload, place] of Object.entries(places)) await small.bookinfo(['label', 'pod', workload, `istio-locality=${place}`])
})
afterAll(() => small.stop())
beforeEach(() => {
  for (const object of small.mesh.rules.objects.filter(({ name }) => name === 'reviews')) small.mesh.rules.delete(object)
})

const podOf = (workload: string) => small.mesh.fleet.of(workload)[0]!.pod.name
const policy = (trafficPolicy: string) =>
  void small.mesh.rules.apply([
    {
      file: 'reviews.yaml',
      text: `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, trafficPolicy: ${trafficPolicy}}
`,
    },
  ])
const port = () => small.mesh.outbound.get('productpage-v1')!.get('reviews')!

/** Workloads that answer some calls of productpage-v1. */
async function answering(): Promise<string[]> {
  const found = new Set<string>()
  for (let i = 0; i < 30; i++) {
    const { pod } = JSON.parse((await send(port(), '/reviews/0')).body) as { pod: string }
    found.add(/^reviews-v\d/.exec(pod)![0])
  }
  return [...found].toSorted()
}

test('without outlier detection, every pod is as near as any other', async () => {
  expect(await answering()).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
})

test('with it the nearest pods answer while they are there, then those of the region, then those elsewhere', async () => {
  policy('{outlierDetection: {}}')
  expect(await answering()).toEqual(['reviews-v1'])
  const { fleet } = small.mesh
  for (const [workload, next] of [
    ['reviews-v1', 'reviews-v2'],
    ['reviews-v2', 'reviews-v3'],
  ] as const) {
    fleet.scale(fleet.workload(workload)!, 0)
    await expect.poll(() => fleet.of(workload)).toEqual([])
    expect(await answering()).toEqual([next])
  }
  for (const workload of ['reviews-v1', 'reviews-v2'] as const) {
    fleet.scale(fleet.workload(workload)!, 1)
    await expect.poll(() => fleet.of(workload)[0]?.pod.phase).toBe('ready')
    await small.bookinfo(['label', 'pod', podOf(workload), `istio-locality=${places[workload]}`])
  }
})

test('distribute sends shares where it says', async () => {
  policy('{loadBalancer: {localityLbSetting: {distribute: [{from: eu/a/*, to: {us: 100}}]}}}')
  expect(await answering()).toEqual(['reviews-v3'])
})

test('failoverPriority goes by labels, those that a locality makes among them', async () => {
  policy(
    '{outlierDetection: {}, loadBalancer: {localityLbSetting: {failoverPriority: ["topology.kubernetes.io/region=us", "topology.kubernetes.io/zone"]}}}',
  )
  expect(await answering()).toEqual(['reviews-v3'])
})

test('a label stays until it is taken away or overwritten on purpose', async () => {
  const label = (...words: string[]) => small.bookinfo(['label', 'pods', podOf('ratings-v1'), ...words])
  expect(await label('istio-locality=eu', 'tier=one')).toMatchObject({ code: 0, stdout: `pod/${podOf('ratings-v1')} labeled\n` })
  expect((await label('tier=two')).stderr).toBe("error: 'tier' already has a value (one), and --overwrite is false\n")
  expect((await label('tier=two', '--overwrite')).stdout).toMatch(/ labeled\n$/)
  expect((await label('tier-', 'istio-locality-')).stdout).toMatch(/ unlabeled\n$/)
  expect(small.mesh.fleet.of('ratings-v1')[0]!.labels).not.toHaveProperty('tier')
})

test.each([
  ['a label of its workload', 'version=v9', 'is what makes a pod one of ratings-v1'],
  ['an invalid value', 'tier=a b', 'is not a label value'],
  ['an invalid locality', 'istio-locality=a.b.c.d', 'is not a locality'],
  ['no change at all', 'tier', 'at least one label update is required'],
])('%s is refused', async (_name, change, words) => {
  const { code, stderr } = await small.bookinfo(['label', 'pod', 'ratings-v1', change, '--overwrite'])
  expect([code, stderr]).toEqual([1, expect.stringContaining(words)])
})
