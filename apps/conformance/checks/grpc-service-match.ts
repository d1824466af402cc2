import { check } from '../src/check.ts'
import { grpcOk, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A service of gRPC matches all of its methods, and no other service',
  features: ['Grpc', 'PathMatch'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('Echo', await grpc(), grpcOk(), servedBy('v2'))
    expect('EchoServerStream', await grpc({ method: 'EchoServerStream' }), grpcOk(), servedBy('v2'))
    expect('another service', await grpc({ service: 'grpc.health.v1.Health', method: 'Check' }), grpcOk(), servedBy('v1'))
  },
})
