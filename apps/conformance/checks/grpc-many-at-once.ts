import { check } from '../src/check.ts'
import { grpcOk } from '../src/checkers.ts'

export default check({
  title: 'Many calls at once on few connections are all answered',
  features: ['Grpc', 'GrpcStreams'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('answers', await grpc({ count: 400, concurrency: 64, message: { delay: 20 }, brief: true }), grpcOk())
  },
})
