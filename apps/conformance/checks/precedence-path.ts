import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'An exact path goes before a longer prefix, and that before a shorter one',
  features: ['RulePrecedence'],
  async run({ call, expect }) {
    expect('exact', await call({ path: '/probe/echo/a/b' }), ok(), servedBy('v3'))
    expect('longer prefix', await call({ path: '/probe/echo/a/c' }), ok(), servedBy('v2'))
    expect('shorter prefix', await call(), ok(), servedBy('v1'))
  },
})
