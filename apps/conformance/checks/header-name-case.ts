import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A header is the same header in any case of its name',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('End-User: jason', await call({ headers: { 'End-User': 'jason' } }), ok(), servedBy('v2'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
