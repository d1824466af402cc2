import { check } from '../src/check.ts'
import { ok } from '../src/checkers.ts'

export default check({
  title: 'A negated namespace lets all others in',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('another one', await call({ to: 'ratings' }), ok())
  },
})
