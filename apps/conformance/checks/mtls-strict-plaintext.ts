import { check } from '../src/check.ts'
import { refused } from '../src/checkers.ts'

export default check({
  title: 'A STRICT workload resets who speaks plain text',
  features: ['PeerAuthentication'],
  async run({ call, expect }) {
    expect('plain text', await call({ to: 'ratings' }), refused())
  },
})
