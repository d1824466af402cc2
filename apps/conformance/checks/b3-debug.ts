import { check } from '../src/check.ts'
import { ok, received, fact } from '../src/checkers.ts'

export default check({
  title: 'The debug flag is forwarded, and the trace is kept',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect, note, trace, hex }) {
    const traceId = hex(32)
    const headers = { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-flags': '1' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), received('x-b3-traceid', traceId), received('x-b3-flags', '1'))
    const spans = await trace(traceId, (seen) => seen.length > 0)
    note('spans', fact('some', String(spans.length), spans.length > 0))
  },
})
