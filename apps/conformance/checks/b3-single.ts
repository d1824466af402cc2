import { check } from '../src/check.ts'
import { ok, receivedB3 } from '../src/checkers.ts'

export default check({
  title: 'A single b3 header is understood, and the same trace goes on',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect, hex }) {
    const traceId = hex(32)
    const headers = { b3: `${traceId}-${hex(16)}-1` }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), receivedB3(new RegExp(`^${traceId}$`), '1'))
  },
})
