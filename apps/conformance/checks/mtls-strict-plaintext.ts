import { check } from '../src/check.ts'
import { refused } from '../src/checkers.ts'

export default check({
  title: 'A STRICT workload resets plain-text connections',
  features: ['PeerAuthentication'],
  async run({ call, expect }) {
    expect('plain text', await call({ to: 'ratings' }), refused())
  },
})
