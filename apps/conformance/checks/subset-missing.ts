import { check } from '../src/check.ts'
import { status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A subset without pods answers with 503',
  features: ['Subsets'],
  async run({ call, expect }) {
    expect('no pods', await call(), status(503), servedBy('none'))
  },
})
