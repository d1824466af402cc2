import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'A reset connection is retried when resets are listed',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?reset=before&fail=2', headers: { 'x-probe-id': mark } })
    expect('answered', answers, ok())
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('3', String(tries), tries === 3))
  },
})
