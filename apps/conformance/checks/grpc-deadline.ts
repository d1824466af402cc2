import { check } from '../src/check.ts'
import { fact, status, took } from '../src/checkers.ts'

export default check({
  title: 'The deadline of a gRPC client ends its call, and the same header ends any other request',
  features: ['GrpcDeadline', 'Timeout'],
  hosts: ['details'],
  async run({ call, expect, note }) {
    const slow = { to: 'details', path: '/probe/echo?delay=3000', timeoutMs: 15_000 }
    const grpc = { 'content-type': 'application/grpc', 'grpc-timeout': '900m' }
    const ended = await call({ ...slow, headers: grpc, timed: 900 })
    expect('gRPC', ended, status(200), took(900))
    // The proxy has two timers of this length, for the route and for the stream: on a busy machine either may be first.
    const said = ended.map(({ headers }) => `${headers['grpc-status']}: ${headers['grpc-message']}`).join(', ')
    const either = ['14: upstream request timeout', '4: downstream duration timeout']
    note('gRPC', fact(either.join(' or '), said, either.includes(said)))
    expect('others', await call({ ...slow, headers: { 'grpc-timeout': '900m' }, timed: 900 }), status(504), took(900))
  },
})
