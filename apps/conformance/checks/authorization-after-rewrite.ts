import { check } from '../src/check.ts'
import { ok, status, servedBy, receivedPath, body } from '../src/checkers.ts'

export default check({
  title: 'A policy sees the path that the workload receives',
  features: ['AuthorizationPolicy', 'Rewrite'],
  async run({ call, expect }) {
    expect('rewritten to an allowed path', await call({ to: 'ratings', path: '/door' }), ok(), receivedPath('/probe/echo/open'))
    expect(
      'not rewritten',
      await call({ to: 'ratings', path: '/probe/echo/closed' }),
      status(403),
      body('RBAC: access denied'),
      servedBy('none'),
    )
  },
})
