import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules for TCP choose by port, and do not change requests',
  features: ['TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('the port of the match', await call({ scheme: 'tcp', to: 'reviews:9082', count: 10 }), ok(), servedBy('v1'))
    expect('requests', await call({ count: 10 }), ok(), servedBy('v2'))
  },
})
