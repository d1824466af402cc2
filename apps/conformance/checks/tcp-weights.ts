import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'Weights of 20 and 80 give connections these shares',
  features: ['TCP', 'Weights'],
  needs: ['tcp'],
  sampled: [{ share: 20, deviation: 5 }],
  async run({ call, expect, plan }) {
    const connections = await call({ scheme: 'tcp', to: 'reviews:9082', count: plan.n, concurrency: 16, brief: true })
    expect('versions', connections, shares({ v2: 20, v1: 80 }))
  },
})
