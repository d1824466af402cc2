import { check } from '../src/check.ts'
import { ok, servedBy, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'A mirror of a GRPCRoute gets every call once, and never answers the caller',
  features: ['GRPCRoute', 'Mirror'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    expect('answers', await call({ count: 20, headers: { 'x-probe-id': mark } }), ok(), servedBy('v1'))
    const counts = await eventually('mirrored calls', async () => {
      const seen = await ledger(mark)
      return (seen['v2'] ?? 0) >= 20 ? seen : undefined
    }).catch(() => ledger(mark))
    note('arrived', fact('20 at v1, 20 at v2', JSON.stringify(counts), counts['v1'] === 20 && counts['v2'] === 20))
  },
})
