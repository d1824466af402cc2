import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A header without a condition matches any value',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('end-user: jason', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v2'))
    expect('end-user: x', await call({ headers: { 'end-user': 'x' } }), ok(), servedBy('v2'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
