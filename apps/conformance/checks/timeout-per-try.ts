import { check } from '../src/check.ts'
import { ok, within, fact } from '../src/checkers.ts'

export default check({
  title: 'A try that takes too long is cancelled, and the next one may succeed',
  features: ['Timeout', 'Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ to: 'details', path: '/probe/echo?delay=15000&fail=1', headers: { 'x-probe-id': mark } })
    // Long before an answer of the first one.
    expect('the second try', answers, ok(), within(12_000))
    note('tries', fact('2', String((await ledger(mark, 'details'))['v1'] ?? 0), (await ledger(mark, 'details'))['v1'] === 2))
  },
})
