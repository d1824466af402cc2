import { check } from '../src/check.ts'
import { ok } from '../src/checkers.ts'

export default check({
  title: 'A negated namespace allows all others',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('another one', await call({ to: 'ratings' }), ok())
  },
})
