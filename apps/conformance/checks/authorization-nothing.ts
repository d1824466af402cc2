import { check } from '../src/check.ts'
import { ok, status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'A policy without rules denies every caller',
  features: ['AuthorizationPolicy'],
  hosts: ['details'],
  async run({ call, expect }) {
    expect('productpage', await call({ to: 'ratings' }), status(403), body('RBAC: access denied'), servedBy('none'))
    expect('a workload without a policy', await call({ to: 'details' }), ok())
  },
})
