import { check } from '../src/check.ts'
import { grpcOk, header, noHeader } from '../src/checkers.ts'

export default check({
  title: 'Headers of an answer by gRPC are added and removed',
  features: ['Grpc', 'HeaderOperations'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    expect('the caller', await grpc(), grpcOk(), header('x-added', 'yes'), noHeader('x-bookinfo-served-by'))
  },
})
