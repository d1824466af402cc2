import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A regular expression matches the whole value of a query parameter',
  features: ['QueryMatch', 'RegularExpressions'],
  async run({ call, expect }) {
    expect('/probe/echo?page=17', await call({ path: '/probe/echo?page=17' }), ok(), servedBy('v2'))
    expect('/probe/echo?page=17a', await call({ path: '/probe/echo?page=17a' }), ok(), servedBy('v1'))
    expect('/probe/echo?page=a17', await call({ path: '/probe/echo?page=a17' }), ok(), servedBy('v1'))
    expect('/probe/echo?page=', await call({ path: '/probe/echo?page=' }), ok(), servedBy('v1'))
  },
})
