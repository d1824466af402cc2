import { check } from '../src/check.ts'
import { ok, header, noHeader } from '../src/checkers.ts'

export default check({
  title: 'Response headers are set, added and removed before the caller sees them',
  features: ['HeaderOperations'],
  async run({ call, expect }) {
    expect('the caller', await call(), ok(), header('x-set', 'new'), header('x-add', 'more'), noHeader('x-bookinfo-served-by'))
  },
})
