import { check } from '../src/check.ts'
import { ok, servedBy, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'A mirror gets every request once, and never answers the caller',
  features: ['Mirror'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    expect('answers', await call({ count: 40, headers: { 'x-probe-id': mark } }), ok(), servedBy('v1'))
    const counts = await eventually('mirrored requests', async () => {
      const seen = await ledger(mark)
      return (seen['v2'] ?? 0) >= 40 ? seen : undefined
    }).catch(() => ledger(mark))
    note('arrived', fact('40 at v1, 40 at v2', JSON.stringify(counts), counts['v1'] === 40 && counts['v2'] === 40))
  },
})
