import { check } from '../src/check.ts'
import { grpcOk, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A weight of 0 gets no call of gRPC',
  features: ['Grpc', 'Weights'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('versions', await grpc({ count: 200, concurrency: 8, brief: true }), grpcOk(), servedBy('v2'))
  },
})
