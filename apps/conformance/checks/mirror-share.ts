import { check } from '../src/check.ts'
import { ok, servedBy, countShare } from '../src/checkers.ts'
import { limits } from '../src/eventually.ts'
import { setTimeout as sleep } from 'node:timers/promises'

export default check({
  title: 'A mirror gets its share of the requests',
  features: ['Mirror'],
  sampled: [{ share: 50, deviation: 5 }],
  async run({ call, expect, id, ledger, plan }) {
    const mark = id()
    const answers = await call({ count: plan.n, concurrency: 8, brief: true, headers: { 'x-probe-id': mark } })
    expect('answers', answers, ok(), servedBy('v1'))
    await sleep(limits.arrival)
    expect('mirrored', answers, countShare('mirrored', (await ledger(mark))['v2'] ?? 0, 50))
  },
})
