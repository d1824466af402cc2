import { check } from '../src/check.ts'
import { header, status, took } from '../src/checkers.ts'

export default check({
  title: 'The deadline of a gRPC client ends its call, and the same header ends any other request',
  features: ['GrpcDeadline', 'Timeout'],
  hosts: ['details'],
  async run({ call, expect }) {
    const slow = { to: 'details', path: '/probe/echo?delay=3000', timeoutMs: 15_000 }
    const grpc = { 'content-type': 'application/grpc', 'grpc-timeout': '900m' }
    const ended = await call({ ...slow, headers: grpc, timed: 900 })
    expect('gRPC', ended, status(200), header('grpc-status', '14'), header('grpc-message', 'upstream request timeout'), took(900))
    expect('others', await call({ ...slow, headers: { 'grpc-timeout': '900m' }, timed: 900 }), status(504), took(900))
  },
})
