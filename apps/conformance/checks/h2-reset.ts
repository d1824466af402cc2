import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A workload that resets its stream is a 503 of the mesh to the caller, and the next request succeeds',
  features: ['Http2', 'Retries', 'Statuses'],
  needs: ['grpc'],
  async run({ call, expect }) {
    expect('reset', await call({ protocol: 'h2c', path: '/probe/echo?reset=before' }), status(503), servedBy('none'))
    expect('the next', await call({ protocol: 'h2c' }), ok())
  },
})
