import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'All conditions of one match must hold',
  features: ['HeaderMatch', 'QueryMatch', 'PathMatch'],
  async run({ call, expect }) {
    const jason = { 'end-user': 'jason' }
    expect('both', await call({ path: '/probe/echo/a?beta=on', headers: jason }), ok(), servedBy('v2'))
    expect('no header', await call({ path: '/probe/echo/a?beta=on' }), ok(), servedBy('v1'))
    expect('no parameter', await call({ path: '/probe/echo/a', headers: jason }), ok(), servedBy('v1'))
    expect('another path', await call({ path: '/probe/echo/b?beta=on', headers: jason }), ok(), servedBy('v1'))
  },
})
