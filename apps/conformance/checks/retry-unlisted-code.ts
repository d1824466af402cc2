import { check } from '../src/check.ts'
import { status, fact } from '../src/checkers.ts'

export default check({
  title: 'An unlisted failure is not retried',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?fail=20&status=500', headers: { 'x-probe-id': mark } })
    expect('answered', answers, status(500))
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('1', String(tries), tries === 1))
  },
})
