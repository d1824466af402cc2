import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'A success is not retried',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?status=200', headers: { 'x-probe-id': mark } })
    expect('answered', answers, ok())
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('1', String(tries), tries === 1))
  },
})
