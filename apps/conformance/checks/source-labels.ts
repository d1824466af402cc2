import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A rule for callers with a label applies only to them',
  features: ['SourceMatch'],
  async run({ call, expect }) {
    expect('productpage', await call({ from: 'productpage-v1' }), ok(), servedBy('v2'))
    expect('details', await call({ from: 'details-v1' }), ok(), servedBy('v1'))
  },
})
