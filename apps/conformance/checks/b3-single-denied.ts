import { check } from '../src/check.ts'
import { ok, received } from '../src/checkers.ts'

export default check({
  title: 'A bare b3: 0 goes on as a denial',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect }) {
    const headers = { b3: '0' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), received('x-b3-sampled', '0'))
  },
})
