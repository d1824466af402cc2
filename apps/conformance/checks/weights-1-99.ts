import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'Weights of 1 and 99 give these shares',
  features: ['Weights'],
  sampled: [{ share: 1, deviation: 5 }],
  async run({ call, expect, plan }) {
    expect('versions', await call({ count: plan.n, concurrency: 16, brief: true }), shares({ v1: 1, v2: 99 }))
  },
})
