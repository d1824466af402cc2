import { check } from '../src/check.ts'
import { ok, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A STRICT workload accepts mTLS',
  features: ['PeerAuthentication'],
  async run({ call, expect }) {
    expect('mTLS', await call({ to: 'ratings' }), ok(), servedByService('ratings'))
  },
})
