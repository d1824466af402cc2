import { check } from '../src/check.ts'
import { ok, received, notReceived } from '../src/checkers.ts'

export default check({
  title: 'Request headers are set, added and removed before the workload sees them',
  features: ['HeaderOperations'],
  async run({ call, expect }) {
    const headers = { 'x-set': 'old', 'x-add': 'first', 'x-remove': 'gone', 'x-kept': 'kept' }
    const answers = await call({ headers })
    expect(
      'the workload',
      answers,
      ok(),
      received('x-set', 'new'),
      received('x-add', 'first,more'),
      notReceived('x-remove'),
      received('x-kept', 'kept'),
    )
  },
})
