import { check } from '../src/check.ts'
import { statusShares } from '../src/checkers.ts'

export default check({
  title: 'An abort affects its share of the requests',
  features: ['FaultAbort'],
  sampled: [{ share: 25, deviation: 5 }],
  async run({ call, expect, plan }) {
    expect('a quarter of them', await call({ count: plan.n, concurrency: 16, brief: true }), statusShares({ 555: 25, 200: 75 }))
  },
})
