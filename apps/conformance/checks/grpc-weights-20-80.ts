import { check } from '../src/check.ts'
import { shares } from '../src/checkers.ts'

export default check({
  title: 'Weights of 20 and 80 give these shares of calls by gRPC, although they share connections',
  features: ['Grpc', 'Weights'],
  needs: ['grpc'],
  sampled: [{ share: 20, deviation: 10 }],
  async run({ grpc, expect, plan }) {
    expect('versions', await grpc({ count: plan.n, concurrency: 8, brief: true }), shares({ v1: 20, v2: 80 }))
  },
})
