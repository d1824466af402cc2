import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'A policy may match on a header',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('with the header', await call({ to: 'ratings', headers: { 'x-token': 'open' } }), ok())
    expect(
      'with another value',
      await call({ to: 'ratings', headers: { 'x-token': 'closed' } }),
      status(403),
      body('RBAC: access denied'),
      servedBy('none'),
    )
    expect('without', await call({ to: 'ratings' }), status(403), body('RBAC: access denied'), servedBy('none'))
  },
})
