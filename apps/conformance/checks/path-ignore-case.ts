import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'With ignoreUriCase a path matches in any case',
  features: ['PathMatch'],
  async run({ call, expect }) {
    expect('/probe/echo/abc', await call({ path: '/probe/echo/abc' }), ok(), servedBy('v2'))
    expect('/probe/echo/ABC', await call({ path: '/probe/echo/ABC' }), ok(), servedBy('v2'))
    expect('/probe/echo/aBc/d', await call({ path: '/probe/echo/aBc/d' }), ok(), servedBy('v2'))
    expect('/probe/echo/abd', await call({ path: '/probe/echo/abd' }), ok(), servedBy('v1'))
  },
})
