import { check } from '../src/check.ts'
import { ok, receivedB3 } from '../src/checkers.ts'

export default check({
  title: 'A plain b3: 0 is forwarded as a denial',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect }) {
    const headers = { b3: '0' }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), receivedB3(/^([0-9a-f]{16}){1,2}$/, '0'))
  },
})
