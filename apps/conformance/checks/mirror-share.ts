import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../src/check.ts'
import { ok, servedBy, countShare } from '../src/checkers.ts'
import { eventually, limits } from '../src/eventually.ts'

export default check({
  title: 'A mirror gets its share of the requests',
  features: ['Mirror'],
  sampled: [{ share: 50, deviation: 5 }],
  async run({ call, expect, id, ledger, plan }) {
    const mark = id()
    // Slowly: a mesh may drop mirrored requests that the destination does not take in time.
    const answers = await call({ count: plan.n, concurrency: 2, brief: true, headers: { 'x-probe-id': mark } })
    expect('answers', answers, ok(), servedBy('v1'))
    const arrived = async () => (await ledger(mark))['v2'] ?? 0
    const isShare = async () => [countShare('mirrored', await arrived(), 50)(answers, plan)].flat().every(({ pass }) => pass) || undefined
    await eventually('mirrored requests', isShare).catch(() => undefined)
    // More may be under way.
    let before = -1
    let mirrored = await arrived()
    while (mirrored !== before) {
      await sleep(limits.arrival / 2)
      before = mirrored
      mirrored = await arrived()
    }
    expect('mirrored', answers, countShare('mirrored', mirrored, 50))
  },
})
