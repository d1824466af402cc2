import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'
import { hasEveryServer } from '../src/spans.ts'

export default check({
  title: 'Every hop of a page carries the same request id',
  features: ['Tracing', 'RequestId'],
  needs: ['zipkin', 'gateway'],
  hosts: ['details', 'ratings'],
  async run({ knock, expect, note, trace, hex }) {
    const traceId = hex(32)
    expect(
      'the page',
      await knock({ path: '/productpage', headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' } }),
      ok(),
    )
    const spans = await trace(traceId, hasEveryServer)
    const ids = new Set(spans.flatMap(({ tags }) => tags?.['guid:x-request-id'] ?? []))
    note('request ids', fact('one', [...ids].join(', ') || 'none', ids.size === 1))
  },
})
