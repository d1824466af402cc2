import { check } from '../src/check.ts'
import { ok } from '../src/checkers.ts'

export default check({
  title: 'Malformed ids never fail a request',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect }) {
    const headers = { 'x-b3-traceid': 'nonsense', 'x-b3-spanid': 'x', 'x-b3-sampled': '1' }
    const answers = await call({ headers })
    expect('the workload', answers, ok())
  },
})
