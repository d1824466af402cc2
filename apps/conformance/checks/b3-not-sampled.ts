import { check } from '../src/check.ts'
import { ok, received, fact } from '../src/checkers.ts'

export default check({
  title: 'x-b3-sampled: 0 is forwarded, and nothing of the trace is kept',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect, note, trace, hex }) {
    const traceId = hex(32)
    const headers = { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-sampled': '0' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), received('x-b3-traceid', traceId), received('x-b3-sampled', '0'))
    const after = hex(32)
    await call({ headers: { 'x-b3-traceid': after, 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' } })
    await trace(after, (seen) => seen.length > 0)
    const spans = await trace(traceId, () => true)
    note('spans', fact('none', String(spans.length), spans.length === 0))
  },
})
