import { check } from '../src/check.ts'
import { status, fact } from '../src/checkers.ts'

export default check({
  title: 'With 3 attempts a request that always fails is tried 4 times in total',
  features: ['Retries'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const answers = await call({ path: '/probe/echo?fail=20&status=503', headers: { 'x-probe-id': mark } })
    expect('answered', answers, status(503))
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('4', String(tries), tries === 4))
  },
})
