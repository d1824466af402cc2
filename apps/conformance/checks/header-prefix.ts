import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A header matches by the start of its value',
  features: ['HeaderMatch'],
  async run({ call, expect }) {
    expect('end-user: jason', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v2'))
    expect('end-user: jas', await call({ headers: { 'end-user': 'jas' } }), ok(), servedBy('v2'))
    expect('end-user: a jason', await call({ headers: { 'end-user': 'a jason' } }), ok(), servedBy('v1'))
    expect('end-user: ja', await call({ headers: { 'end-user': 'ja' } }), ok(), servedBy('v1'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
