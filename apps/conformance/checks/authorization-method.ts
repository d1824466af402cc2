import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'Only the allowed method is accepted',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('GET', await call({ to: 'ratings' }), ok())
    expect('POST', await call({ to: 'ratings', method: 'POST', body: '{}' }), status(403), body('RBAC: access denied'), servedBy('none'))
  },
})
