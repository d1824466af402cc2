import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'
import { hasEveryServer } from '../src/spans.ts'

export default check({
  title: 'A page that is not to be sampled leaves no span behind in any service',
  features: ['Tracing', 'B3'],
  needs: ['zipkin', 'gateway'],
  hosts: ['details', 'ratings'],
  async run({ knock, expect, note, trace, hex }) {
    const [quiet, loud] = [hex(32), hex(32)]
    const page = (traceId: string, sampled: string) =>
      knock({ path: '/productpage', headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-sampled': sampled } })
    expect('not sampled', await page(quiet, '0'), ok())
    expect('sampled', await page(loud, '1'), ok())
    await trace(loud, hasEveryServer)
    const spans = await trace(quiet, () => true)
    note('spans', fact('none', String(spans.length), spans.length === 0))
  },
})
