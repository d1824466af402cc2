import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../src/check.ts'
import { ok, servedBy, fact } from '../src/checkers.ts'
import { eventually, limits } from '../src/eventually.ts'

export default check({
  title: 'A workload takes mirrored requests only of a principal that is allowed',
  features: ['Mirror', 'AuthorizationPolicy'],
  async run({ call, expect, note, id, ledger }) {
    const [denied, allowed] = [id(), id()]
    expect('of productpage', await call({ count: 20, headers: { 'x-probe-id': denied } }), ok(), servedBy('v1'))
    expect('of details', await call({ from: 'details-v1', count: 20, headers: { 'x-probe-id': allowed } }), ok(), servedBy('v1'))
    const arrived = async () => ((await ledger(allowed))['v2'] ?? 0) >= 20 || undefined
    await eventually('mirrored requests', arrived).catch(() => undefined)
    // Those that are not allowed may be slower.
    await sleep(limits.arrival)
    const [{ v2: ofProductpage = 0 }, { v2: ofDetails = 0 }] = [await ledger(denied), await ledger(allowed)]
    const observed = `${ofProductpage} of productpage, ${ofDetails} of details`
    note('arrived at v2', fact('0 of productpage, 20 of details', observed, ofProductpage === 0 && ofDetails === 20))
  },
})
