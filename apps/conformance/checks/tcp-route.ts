import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A rule for TCP leads every connection to its destination',
  features: ['TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('connections', await call({ scheme: 'tcp', to: 'reviews:9082', count: 20 }), ok(), servedBy('v3'))
  },
})
