import { check } from '../src/check.ts'
import { ok, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A PERMISSIVE workload accepts plain text too',
  features: ['PeerAuthentication'],
  async run({ call, expect }) {
    expect('plain text', await call({ to: 'ratings' }), ok(), servedByService('ratings'))
  },
})
