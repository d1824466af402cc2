import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Nearby pods are preferred while they are healthy',
  features: ['Locality'],
  needs: ['locality'],
  async run({ call, expect }) {
    expect('the same version', await call({ count: 40 }), ok(), servedBy('v1'))
    expect('it fails', await call({ count: 20, path: '/probe/echo?status=503&only=v1' }), status(200, 503))
    expect('the others take over', await call({ count: 40 }), ok(), servedBy('v2', 'v3'))
  },
})
