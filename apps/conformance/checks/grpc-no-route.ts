import { check } from '../src/check.ts'
import { header, servedBy, status } from '../src/checkers.ts'

export default check({
  title: 'A gRPC call that no rule of its host matches is answered with UNIMPLEMENTED',
  features: ['GrpcAnswers', 'UnmatchedRequest'],
  async run({ call, expect }) {
    const headers = { 'content-type': 'application/grpc' }
    expect('unmatched', await call({ path: '/a.B/C', headers }), status(200), header('grpc-status', '12'), servedBy('none'))
    expect('others', await call({ path: '/a.B/C' }), status(404), servedBy('none'))
  },
})
