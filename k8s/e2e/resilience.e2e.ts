/** Two pods of each version, visitors all the time: no update and no pod's end loses a request. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { get } from './support/bookinfo.ts'
import { apply, kubectl, namespace, pods, ready, removeRules } from './support/cluster.ts'

beforeAll(async () => {
  await removeRules()
  // A change of replicas and pods alike: wait for the new pods, not for the old ones' condition.
  await apply('platform/kube/bookinfo-replicated.yaml')
  await kubectl('rollout', 'status', 'deployment', '-n', namespace, '--timeout=150s', '-l', 'app.kubernetes.io/component=service')
  await ready()
})
afterAll(async () => {
  await kubectl('delete', 'poddisruptionbudget', '--all', '-n', namespace)
  await apply('platform/kube/bookinfo.yaml')
  await kubectl('rollout', 'status', 'deployment', '-n', namespace, '--timeout=150s', '-l', 'app.kubernetes.io/component=service')
})

/** Four visitors who ask for the page again and again while `disturb` goes on, and 8 s longer; gives what went wrong, and how many pages there were. */
async function visitorsDuring(disturb: () => Promise<unknown>): Promise<{ pages: number; lost: string[] }> {
  const over = new AbortController()
  let pages = 0
  const lost: string[] = []
  const visitor = async () => {
    while (!over.signal.aborted) {
      pages += 1
      const page = await get('/productpage').catch((error: Error) => ({
        status: 0,
        text: `${error.message} ${(error.cause as Error | undefined)?.message}`,
      }))
      if (page.status !== 200) lost.push(`${page.status} ${page.text.slice(0, 200)}`)
      else if (page.text.includes('currently unavailable')) lost.push(page.text.match(/[^<>]*currently unavailable[^<>]*/)?.[0] ?? '')
    }
  }
  const visitors = Array.from({ length: 4 }, visitor)
  await sleep(1000)
  await disturb()
  await sleep(8000)
  over.abort()
  await Promise.all(visitors)
  return { pages, lost }
}

test('a rolling restart of everything loses no request', async () => {
  const { pages, lost } = await visitorsDuring(async () => {
    await kubectl('rollout', 'restart', 'deployment', '-n', namespace, '-l', 'app.kubernetes.io/component=service')
    await kubectl('rollout', 'status', 'deployment', '-n', namespace, '--timeout=150s', '-l', 'app.kubernetes.io/component=service')
  })
  console.log(`${pages} pages during a rolling restart of six workloads, ${lost.length} lost`)
  expect(lost).toEqual([])
  expect(pages).toBeGreaterThan(100)
}, 240_000)

test.each(['productpage', 'details', 'reviews', 'ratings'])('the end of a pod of %s loses no request', async (app) => {
  const [pod] = await pods(`app=${app}`)
  const { pages, lost } = await visitorsDuring(() => kubectl('delete', 'pod', '-n', namespace, pod.metadata.name, '--wait=false'))
  expect(lost).toEqual([])
  expect(pages).toBeGreaterThan(20)
})

test('a disruption budget keeps one of two pods', async () => {
  const budget = await kubectl('get', 'poddisruptionbudget', 'reviews-v1', '-n', namespace, '-o', 'jsonpath={.status.disruptionsAllowed}')
  expect(budget).toBe('1')
})
