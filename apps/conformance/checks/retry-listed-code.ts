import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'A listed status code is retried',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?fail=1&status=418', headers: { 'x-probe-id': mark } })
    expect('answered', answers, ok())
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('2', String(tries), tries === 2))
  },
})
