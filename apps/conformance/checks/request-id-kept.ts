import { check } from '../src/check.ts'
import { ok, received } from '../src/checkers.ts'

export default check({
  title: 'An incoming request id is forwarded unchanged',
  features: ['RequestId'],
  async run({ call, expect, hex }) {
    const requestId = `${hex(8)}-${hex(4)}-9${hex(3)}-8${hex(3)}-${hex(12)}`
    expect('the workload', await call({ headers: { 'x-request-id': requestId } }), ok(), received('x-request-id', requestId))
  },
})
