import { check } from '../src/check.ts'
import { ok, receivedLike } from '../src/checkers.ts'

export default check({
  title: 'Without a trace of the caller the mesh begins one',
  features: ['Tracing', 'B3'],
  needs: ['zipkin'],
  async run({ call, expect }) {
    const headers = {}
    const answers = await call({ headers })
    expect(
      'the workload',
      answers,
      ok(),
      receivedLike('x-b3-traceid', /^([0-9a-f]{16}){1,2}$/),
      receivedLike('x-b3-spanid', /^[0-9a-f]{16}$/),
    )
  },
})
