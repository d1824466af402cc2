import { check } from '../src/check.ts'
import { ok, slowShare } from '../src/checkers.ts'

export default check({
  title: 'A delay affects its share of the requests',
  features: ['FaultDelay'],
  sampled: [{ share: 15, deviation: 10 }],
  async run({ call, expect, plan }) {
    // Few at once and a long delay: who merely waits for a busy machine must not look delayed.
    const answers = await call({ to: 'details', count: plan.n, concurrency: 24, brief: true })
    expect('some of them', answers, slowShare(1250, 15), ok())
  },
})
