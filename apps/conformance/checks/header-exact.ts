import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A header matches by its exact value, including case',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('end-user: jason', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v2'))
    expect('end-user: Jason', await call({ headers: { 'end-user': 'Jason' } }), ok(), servedBy('v1'))
    expect('end-user: jasons', await call({ headers: { 'end-user': 'jasons' } }), ok(), servedBy('v1'))
    expect('end-user: jaso', await call({ headers: { 'end-user': 'jaso' } }), ok(), servedBy('v1'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
