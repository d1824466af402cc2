import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'An exact path matches only that path, whatever its query is',
  features: ['PathMatch'],
  async run({ call, expect }) {
    expect('/probe/echo/a', await call({ path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('/probe/echo/a?x=1', await call({ path: '/probe/echo/a?x=1' }), ok(), servedBy('v2'))
    expect('/probe/echo/a/', await call({ path: '/probe/echo/a/' }), ok(), servedBy('v1'))
    expect('/probe/echo/a/b', await call({ path: '/probe/echo/a/b' }), ok(), servedBy('v1'))
    expect('/probe/echo/A', await call({ path: '/probe/echo/A' }), ok(), servedBy('v1'))
    expect('/probe/echo', await call({ path: '/probe/echo' }), ok(), servedBy('v1'))
  },
})
