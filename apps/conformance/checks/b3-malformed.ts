import { check } from '../src/check.ts'
import { ok, receivedLike } from '../src/checkers.ts'

export default check({
  title: 'Malformed ids begin a new trace and never fail a request',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect }) {
    const headers = { 'x-b3-traceid': 'nonsense', 'x-b3-spanid': 'x', 'x-b3-sampled': '1' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), receivedLike('x-b3-traceid', /^([0-9a-f]{16}){1,2}$/))
  },
})
