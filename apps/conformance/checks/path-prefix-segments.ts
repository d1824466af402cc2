import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: "The Gateway API's path prefix ends where a segment ends",
  features: ['PathMatch'],
  async run({ call, expect }) {
    expect('/probe/echo/a', await call({ path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('/probe/echo/a/', await call({ path: '/probe/echo/a/' }), ok(), servedBy('v2'))
    expect('/probe/echo/a/b', await call({ path: '/probe/echo/a/b' }), ok(), servedBy('v2'))
    expect('/probe/echo/a?x=1', await call({ path: '/probe/echo/a?x=1' }), ok(), servedBy('v2'))
    expect('/probe/echo/ab', await call({ path: '/probe/echo/ab' }), ok(), servedBy('v1'))
    expect('/probe/echo', await call({ path: '/probe/echo' }), ok(), servedBy('v1'))
  },
})
