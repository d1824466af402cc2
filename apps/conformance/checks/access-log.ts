import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'Every hop writes a line to its access log, with the same request id',
  features: ['AccessLog'],
  needs: ['access-log'],
  hosts: ['ratings'],
  async run({ call, expect, note, hex, accessLog }) {
    const requestId = `${hex(8)}-${hex(4)}-9${hex(3)}-8${hex(3)}-${hex(12)}`
    expect('the call', await call({ to: 'ratings', path: '/probe/echo', headers: { 'x-request-id': requestId } }), ok())
    for (const workload of ['productpage-v1', 'ratings-v1']) {
      const lines = await accessLog(workload, requestId)
      note(workload, fact('1 line', `${lines.length}`, lines.length === 1))
    }
  },
})
