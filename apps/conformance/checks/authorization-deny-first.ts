import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'DENY wins over ALLOW',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('allowed', await call({ to: 'ratings', path: '/probe/echo/open' }), ok())
    expect(
      'allowed and denied',
      await call({ to: 'ratings', path: '/probe/echo/closed' }),
      status(403),
      body('RBAC: access denied'),
      servedBy('none'),
    )
  },
})
