import { check } from '../src/check.ts'
import { ok, received } from '../src/checkers.ts'

export default check({
  title: 'W3C trace headers pass unchanged next to B3',
  features: ['Tracing'],
  async run({ call, expect, hex }) {
    const traceparent = `00-${hex(32)}-${hex(16)}-01`
    const headers = { traceparent, tracestate: 'a=1,b=2', 'x-b3-traceid': hex(32), 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' }
    expect('the workload', await call({ headers }), ok(), received('traceparent', traceparent), received('tracestate', 'a=1,b=2'))
  },
})
