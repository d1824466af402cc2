import { check } from '../src/check.ts'
import { ok, slowShare } from '../src/checkers.ts'

export default check({
  title: 'A delay strikes its share of the requests',
  features: ['FaultDelay'],
  sampled: [{ share: 50, deviation: 10 }],
  async run({ call, expect, plan }) {
    const answers = await call({ to: 'details', count: plan.n, concurrency: 64, brief: true })
    expect('half of them', answers, slowShare(600, 50), ok())
  },
})
