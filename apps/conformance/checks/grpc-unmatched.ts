import { check } from '../src/check.ts'
import { grpcOk, grpcStatus, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A call of gRPC that no rule matches ends with 12 (unimplemented), from the mesh',
  features: ['Grpc', 'GrpcAnswers', 'UnmatchedRequest', 'PathMatch'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('matched', await grpc(), grpcOk())
    expect('unmatched', await grpc({ method: 'EchoServerStream' }), grpcStatus(12), servedBy('none'))
  },
})
