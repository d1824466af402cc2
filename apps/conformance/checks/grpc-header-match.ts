import { check } from '../src/check.ts'
import { grpcOk, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Metadata of gRPC match as headers do',
  features: ['Grpc', 'HeaderMatch'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('jason', await grpc({ headers: { 'end-user': 'jason' } }), grpcOk(), servedBy('v2'))
    expect('another user', await grpc({ headers: { 'end-user': 'jasmine' } }), grpcOk(), servedBy('v1'))
    expect('no user', await grpc(), grpcOk(), servedBy('v1'))
  },
})
