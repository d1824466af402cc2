import { check } from '../src/check.ts'
import { grpcOk, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Of one match, the method of gRPC and its metadata both have to fit',
  features: ['Grpc', 'HeaderMatch', 'PathMatch'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    const headers = { 'end-user': 'jason' }
    expect('both', await grpc({ headers }), grpcOk(), servedBy('v3'))
    expect('only the method', await grpc(), grpcOk(), servedBy('v1'))
    expect('only the header', await grpc({ method: 'EchoServerStream', headers }), grpcOk(), servedBy('v1'))
  },
})
