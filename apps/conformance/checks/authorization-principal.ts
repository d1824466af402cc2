import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'Only the allowed principal is accepted',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('productpage', await call({ to: 'ratings', from: 'productpage-v1' }), ok())
    expect('details', await call({ to: 'ratings', from: 'details-v1' }), status(403), body('RBAC: access denied'), servedBy('none'))
  },
})
