import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'A successful retry ends the retries, and the caller sees no failure',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?fail=2&status=503', headers: { 'x-probe-id': mark } })
    expect('answered', answers, ok())
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('3', String(tries), tries === 3))
  },
})
