import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'The name of a header matches in any case',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('End-User: jason', await call({ headers: { 'End-User': 'jason' } }), ok(), servedBy('v2'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
