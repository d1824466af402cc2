import { check } from '../src/check.ts'
import { ok, received, receivedLike, receivedOf, fact } from '../src/checkers.ts'

export default check({
  title: 'x-b3-* of a caller are continued: the same trace, a new span below',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect, note, trace, hex }) {
    const [traceId, spanId] = [hex(32), hex(16)]
    const headers = { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' }
    const answers = await call({ headers })
    expect(
      'the workload',
      answers,
      ok(),
      received('x-b3-traceid', traceId),
      received('x-b3-sampled', '1'),
      receivedLike('x-b3-spanid', /^[0-9a-f]{16}$/),
    )
    const own = answers[0] ? receivedOf(answers[0], 'x-b3-spanid') : undefined
    note('its span', fact('a new one', own ?? 'none', own !== undefined && own !== spanId))
    const spans = await trace(traceId, (seen) => seen.some(({ id }) => id === own) && seen.some(({ parentId }) => parentId === spanId))
    const chain = spans.find(({ id }) => id === own)
    const top = spans.find(({ id }) => id === chain?.parentId)
    note('parents', fact(`${spanId} above both`, `${top?.parentId}`, top?.parentId === spanId))
  },
})
