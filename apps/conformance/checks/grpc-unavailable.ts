import { check } from '../src/check.ts'
import { header, servedBy, status } from '../src/checkers.ts'

export default check({
  title: 'A gRPC call to a subset without pods is answered with UNAVAILABLE',
  features: ['GrpcAnswers', 'Subsets'],
  async run({ call, expect }) {
    const answers = await call({ headers: { 'content-type': 'application/grpc' } })
    expect('gRPC', answers, status(200), header('grpc-status', '14'), header('grpc-message', 'no healthy upstream'), servedBy('none'))
    expect('others', await call(), status(503), servedBy('none'))
  },
})
