import { check } from '../src/check.ts'
import { ok, servedBy, within } from '../src/checkers.ts'

export default check({
  title: 'A failing mirror does not affect the caller',
  features: ['Mirror'],
  async run({ call, expect }) {
    expect('an error', await call({ count: 10, path: '/probe/echo?status=500&only=v2' }), ok(), servedBy('v1'))
    expect('a reset', await call({ count: 10, path: '/probe/echo?reset=before&only=v2' }), ok(), servedBy('v1'))
    // Long before an answer of the mirror.
    expect('slowness', await call({ count: 3, path: '/probe/echo?delay=15000&only=v2' }), ok(), servedBy('v1'), within(12_000))
  },
})
