import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'A weight of 0 gets nothing',
  features: ['Weights'],
  sampled: [{ share: 0, deviation: 5 }],
  async run({ call, expect, plan }) {
    expect('versions', await call({ count: plan.n, concurrency: 16, brief: true }), shares({ v1: 0, v2: 100 }))
  },
})
