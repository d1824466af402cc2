/** Rollouts of a workload: new variables, pods that do not start, several at once. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fleet } from '../src/pods/fleet.ts'
import { startMesh, type Mesh } from '../src/mesh.ts'
import { allReady } from '../src/ready.ts'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./helpers/small-workload.ts', import.meta.url))

let mesh: Mesh
let fleet: Fleet
beforeEach(async () => {
  mesh = await startMesh({ gatewayPort: 0, env: knownEnv({ FLOOD_FACTOR: '3' }), logLevel: 'warn', main: () => main, backOffMs: 20 })
  fleet = mesh.fleet as Fleet
  await allReady(fleet)
})
afterEach(() => mesh.stop())

const reviews = () => fleet.workload('reviews-v2')!
const names = () => fleet.of('reviews-v2').map(({ pod }) => pod.name)
const waitFor = (condition: () => boolean) => expect.poll(condition).toBe(true)

async function starOf(): Promise<string> {
  const ready = fleet.of('reviews-v2').find(({ pod }) => pod.phase === 'ready')!
  const answer = await fetch(`http://127.0.0.1:${ready.pod.port}/`)
  return ((await answer.json()) as { star: string }).star
}

test('a variable that is set starts new pods with it, and only then the old ones go', async () => {
  const [old] = names()
  await fleet.setVariables(reviews(), new Map([['STAR_COLOR', 'blue']]))
  expect(names()).toEqual([expect.not.stringMatching(old!)])
  expect(await starOf()).toBe('blue')
  expect(fleet.variables(reviews())).toEqual({ SERVICE_VERSION: 'v2', ENABLE_RATINGS: 'true', STAR_COLOR: 'blue' })
})

test('a variable that is taken away is gone, and can be set again', async () => {
  await fleet.setVariables(reviews(), new Map([['STAR_COLOR', null]]))
  expect(await starOf()).toBeUndefined()
  await fleet.setVariables(reviews(), new Map([['STAR_COLOR', 'red']]))
  expect(await starOf()).toBe('red')
})

test('a pod that is added later has the variables too', async () => {
  await fleet.setVariables(reviews(), new Map([['STAR_COLOR', 'green']]))
  fleet.scale(reviews(), 0)
  await waitFor(() => names().length === 0)
  fleet.scale(reviews(), 1)
  await allReady(fleet)
  expect(await starOf()).toBe('green')
})

test('while new pods do not start the old one serves; the next rollout leaves as many as were asked for', async () => {
  const [old] = names()
  void fleet.setVariables(reviews(), new Map([['SMALL_WORKLOAD', 'broken']]))
  await waitFor(() => fleet.of('reviews-v2').some(({ pod }) => pod.phase === 'waiting'))
  expect(fleet.endpoints.filter(({ workload }) => workload === 'reviews-v2').map(({ pod }) => pod)).toEqual([old])
  await fleet.setVariables(reviews(), new Map([['SMALL_WORKLOAD', null]]))
  await waitFor(() => names().length === 1)
  expect(names()).not.toContain(old)
  expect(fleet.of('reviews-v2')[0]!.pod.phase).toBe('ready')
})

test('two restarts at once leave one pod', async () => {
  await Promise.all([fleet.restart(reviews()), fleet.restart(reviews())])
  await waitFor(() => names().length === 1)
  expect(fleet.wanted(reviews())).toEqual({ replicas: 1, revision: 3 })
})

test('a pod that leaves is not counted when the workload grows again', async () => {
  fleet.scale(reviews(), 3)
  await allReady(fleet)
  fleet.scale(reviews(), 1)
  fleet.scale(reviews(), 3)
  await waitFor(() => fleet.of('reviews-v2').filter(({ pod }) => pod.phase === 'ready').length === 3 && names().length === 3)
})

test('a scale in the middle of a rollout is what the workload ends with', async () => {
  const rollout = fleet.restart(reviews())
  fleet.scale(reviews(), 2)
  await rollout
  await waitFor(() => names().length === 2 && fleet.of('reviews-v2').every(({ revision }) => revision === 2))
})

test('a process that starts again has its own log; that of the one before is kept', async () => {
  const { pod } = fleet.of('reviews-v2')[0]!
  const died = new Promise((resolve) => fleet.once('death', resolve))
  pod.kill()
  await died
  await waitFor(() => pod.phase === 'ready' && pod.log.length > 0)
  expect(pod.log.map(({ text }) => text)).toEqual([`${pod.name} listens`])
  expect(pod.previousLog?.map(({ text }) => text)).toEqual([`${pod.name} listens`])
})
