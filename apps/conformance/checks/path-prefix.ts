import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: "Istio's path prefix is a prefix of the text",
  features: ['PathMatch'],
  async run({ call, expect }) {
    expect('/probe/echo/a', await call({ path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('/probe/echo/a/b', await call({ path: '/probe/echo/a/b' }), ok(), servedBy('v2'))
    expect('/probe/echo/ab', await call({ path: '/probe/echo/ab' }), ok(), servedBy('v2'))
    expect('/probe/echo/b', await call({ path: '/probe/echo/b' }), ok(), servedBy('v1'))
    expect('/probe/echo', await call({ path: '/probe/echo' }), ok(), servedBy('v1'))
  },
})
