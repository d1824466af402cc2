import { check } from '../src/check.ts'
import { ok, receivedLike } from '../src/checkers.ts'

export default check({
  title: 'A trace id of 64 bits keeps its width',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect, hex }) {
    const traceId = hex(16)
    const headers = { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), receivedLike('x-b3-traceid', new RegExp(`^(0{16})?${traceId}$`)))
  },
})
