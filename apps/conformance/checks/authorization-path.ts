import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'Only the allowed paths are accepted',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('exact', await call({ to: 'ratings', path: '/probe/echo' }), ok())
    expect('below a prefix', await call({ to: 'ratings', path: '/probe/echo/open/a' }), ok())
    expect(
      'another path',
      await call({ to: 'ratings', path: '/probe/echo/closed' }),
      status(403),
      body('RBAC: access denied'),
      servedBy('none'),
    )
  },
})
