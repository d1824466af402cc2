import { check } from '../src/check.ts'
import { status, fact } from '../src/checkers.ts'

export default check({
  title: 'A connection that is reset after the request is retried only when that is listed',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?reset=before', headers: { 'x-probe-id': mark } })
    expect('answered', answers, status(503))
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('1', String(tries), tries === 1))
  },
})
