import { check } from '../src/check.ts'
import { grpcOk, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A method is preferred to its service, whichever rule stands first',
  features: ['Grpc', 'RulePrecedence', 'PathMatch'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('Echo', await grpc(), grpcOk(), servedBy('v2'))
    expect('EchoServerStream', await grpc({ method: 'EchoServerStream' }), grpcOk(), servedBy('v3'))
    expect('another service', await grpc({ service: 'grpc.health.v1.Health', method: 'Check' }), grpcOk(), servedBy('v1'))
  },
})
