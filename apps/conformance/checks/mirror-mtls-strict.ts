import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../src/check.ts'
import { ok, servedBy, fact } from '../src/checkers.ts'
import { eventually, limits } from '../src/eventually.ts'

export default check({
  title: 'A STRICT workload takes mirrored requests by mTLS, and none in plain text',
  features: ['Mirror', 'PeerAuthentication'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    expect('answers', await call({ count: 20, headers: { 'x-probe-id': mark } }), ok(), servedBy('v1'))
    const byMtls = async () => ((await ledger(mark))['v3'] ?? 0) >= 20 || undefined
    await eventually('mirrored requests', byMtls).catch(() => undefined)
    // Those in plain text may be slower.
    await sleep(limits.arrival)
    const { v2 = 0, v3 = 0 } = await ledger(mark)
    note('arrived', fact('0 at v2 (plain text), 20 at v3 (mTLS)', `${v2} at v2, ${v3} at v3`, v2 === 0 && v3 === 20))
  },
})
