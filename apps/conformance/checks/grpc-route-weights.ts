import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'Weights of a GRPCRoute give these shares',
  features: ['GRPCRoute', 'Weights'],
  sampled: [{ share: 20, deviation: 5 }],
  async run({ call, expect, plan }) {
    expect('versions', await call({ count: plan.n, concurrency: 16, brief: true }), shares({ v2: 20, v1: 80 }))
  },
})
