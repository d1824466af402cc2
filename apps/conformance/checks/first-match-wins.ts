import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'The first rule that matches wins, and not the most specific one',
  features: ['RulePrecedence'],
  async run({ call, expect }) {
    expect('both rules match', await call({ path: '/probe/echo/a/b' }), ok(), servedBy('v2'))
    expect('only the first', await call({ path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('neither', await call(), ok(), servedBy('v1'))
  },
})
