import { check } from '../src/check.ts'
import { header, received, ok, status, took } from '../src/checkers.ts'

export default check({
  title: 'The timeout of a route limits a gRPC call whose client would wait longer, and the server learns that',
  features: ['GrpcDeadline', 'Timeout'],
  async run({ call, expect }) {
    const headers = { 'content-type': 'application/grpc', 'grpc-timeout': '1M' }
    const slow = await call({ to: 'details', path: '/probe/echo?delay=3000', headers, timeoutMs: 15_000, timed: 900 })
    expect('slow', slow, status(200), header('grpc-status', '14'), took(900))
    expect('fast', await call({ to: 'details', headers }), ok(), received('grpc-timeout', '900m'))
  },
})
