import { check } from '../src/check.ts'
import { grpcStatus, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'An abort with a status of HTTP is a status of gRPC to a client of gRPC: 503 is 14 (unavailable)',
  features: ['Grpc', 'GrpcAnswers', 'FaultAbort'],
  needs: ['grpc'],
  async run({ grpc, call, expect }) {
    expect('gRPC', await grpc(), grpcStatus(14), servedBy('none'))
    expect('HTTP', await call(), status(503), servedBy('none'))
  },
})
