import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'withoutHeaders matches when the value is another one, or the header is not there',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('end-user: mary', await call({ headers: { 'end-user': 'mary' } }), ok(), servedBy('v2'))
    expect('no header', await call(), ok(), servedBy('v2'))
    expect('end-user: jason', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v1'))
  },
})
