import { check } from '../src/check.ts'
import { body, header, servedBy, status } from '../src/checkers.ts'

export default check({
  title: 'An abort by grpcStatus gives gRPC clients that code in the headers of a 200, and others a 200 with its message as the body',
  features: ['GrpcAnswers', 'FaultAbort'],
  async run({ call, expect }) {
    const grpc = await call({ headers: { 'content-type': 'application/grpc' } })
    expect('gRPC', grpc, status(200), header('grpc-status', '8'), header('grpc-message', 'fault filter abort'), servedBy('none'))
    expect('others', await call(), status(200), body('fault filter abort'), servedBy('none'))
  },
})
