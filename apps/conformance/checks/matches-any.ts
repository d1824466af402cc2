import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'One match of several is enough',
  features: ['HeaderMatch', 'PathMatch'],
  async run({ call, expect }) {
    expect('the header', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v2'))
    expect('the path', await call({ path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('neither', await call(), ok(), servedBy('v1'))
  },
})
