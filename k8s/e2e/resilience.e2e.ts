/** Two pods of each version, visitors all the time: no update and no pod's end loses a request. */
import { eventually } from '@bookinfo/tools/eventually'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { get, giveUpMs } from './support/bookinfo.ts'
import { apply, kubectl, kubectlJson, namespace, pods, ready, removeRules, rolledOut, services } from './support/cluster.ts'

beforeAll(async () => {
  await removeRules()
  // A change of replicas and pods alike: wait for the new pods, not for the old ones' condition.
  await apply('platform/kube/bookinfo-replicated.yaml')
  await rolledOut()
  await ready()
})
afterAll(async () => {
  await kubectl('delete', 'poddisruptionbudget', '--all', '-n', namespace)
  await apply('platform/kube/bookinfo.yaml')
  await rolledOut()
})

interface Visits {
  pages: number
  /** What was said instead of a page. */
  lost: string[]
  /** Pages without a part that productpage gave up on after its 3 s: a request that got no answer, or a starved machine. */
  late: string[]
}

/** Four visitors who ask for the page again and again: before `disturb`, while it goes on, until the last pod that it ended is gone, and then some more. */
async function visitorsDuring(disturb: () => Promise<unknown>): Promise<Visits> {
  const over = new AbortController()
  const visits: Visits = { pages: 0, lost: [], late: [] }
  const visitor = async () => {
    while (!over.signal.aborted) {
      const page = await get('/productpage').catch((error: Error) => ({
        status: 0,
        text: `${error.message} ${(error.cause as Error | undefined)?.message}`,
        ms: 0,
      }))
      visits.pages += 1
      const unavailable = page.text.match(/[^<>]*currently unavailable[^<>]*/)?.[0]
      if (page.status !== 200) visits.lost.push(`${page.status} ${page.text.slice(0, 200)}`)
      else if (unavailable) visits[page.ms < giveUpMs ? 'lost' : 'late'].push(unavailable)
    }
  }
  const more = (count: number) => {
    const goal = visits.pages + count
    return eventually(() => expect(visits.pages).toBeGreaterThanOrEqual(goal))
  }
  const visitors = Array.from({ length: 4 }, visitor)
  try {
    await more(20)
    await disturb()
    await eventually(async () => expect(await ending()).toEqual([]))
    await ready()
    await more(40)
  } finally {
    over.abort()
    await Promise.all(visitors)
  }
  return visits
}

/** Pods that are terminating. */
async function ending(): Promise<string[]> {
  const { items } = await kubectlJson('get', 'pods', '-n', namespace, '-l', services)
  return items.filter(({ metadata }: any) => metadata.deletionTimestamp).map(({ metadata }: any) => metadata.name)
}

/** No visitor may lose a request. Late pages may come from a starved machine, but not three times in a row. Gives the last visits. */
async function losesNothing(disturb: () => Promise<unknown>): Promise<Visits> {
  const all: Visits[] = []
  do {
    all.push(await visitorsDuring(disturb))
    expect(all.at(-1)!.lost).toEqual([])
  } while (all.at(-1)!.late.length > 0 && all.length < 3)
  expect(all.at(-1)!.late).toEqual([])
  return all.at(-1)!
}

test('a rolling restart of everything loses no request', async () => {
  const { pages } = await losesNothing(async () => {
    await kubectl('rollout', 'restart', 'deployment', '-n', namespace, '-l', services)
    await rolledOut()
  })
  console.log(`${pages} pages during a rolling restart of six workloads, none lost`)
})

test.each(['productpage', 'details', 'reviews', 'ratings'])('the end of a pod of %s loses no request', async (app) => {
  await losesNothing(async () => {
    const [pod] = await pods(`app=${app}`)
    await kubectl('delete', 'pod', '-n', namespace, pod.metadata.name, '--wait=false')
  })
})

test('a disruption budget keeps one of two pods', async () => {
  const budget = await kubectl('get', 'poddisruptionbudget', 'reviews-v1', '-n', namespace, '-o', 'jsonpath={.status.disruptionsAllowed}')
  expect(budget).toBe('1')
})
