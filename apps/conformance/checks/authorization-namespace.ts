import { check } from '../src/check.ts'
import { status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'Callers of a namespace that is not allowed are denied',
  features: ['AuthorizationPolicy'],
  async run({ call, expect }) {
    expect('not in the list', await call({ to: 'ratings' }), status(403), body('RBAC: access denied'), servedBy('none'))
  },
})
