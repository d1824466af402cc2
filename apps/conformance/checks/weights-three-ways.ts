import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'Weights of 60, 30 and 10 give these shares',
  features: ['Weights'],
  sampled: [
    { share: 60, deviation: 5 },
    { share: 30, deviation: 5 },
    { share: 10, deviation: 5 },
  ],
  async run({ call, expect, plan }) {
    expect('versions', await call({ count: plan.n, concurrency: 16, brief: true }), shares({ v1: 60, v2: 30, v3: 10 }))
  },
})
