import { check } from '../src/check.ts'
import { ok, status, servedBy, body, fact, tally } from '../src/checkers.ts'

export default check({
  title: 'An abort answers the matching requests with its status, and calls no workload',
  features: ['FaultAbort'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ headers: { 'end-user': 'jason', 'x-probe-id': mark } })
    expect('jason', answers, status(555), body('fault filter abort'), servedBy('none'))
    note('the workload', fact('no request', tally(Object.keys(await ledger(mark))), Object.keys(await ledger(mark)).length === 0))
    expect('anybody else', await call({ count: 5 }), ok())
  },
})
