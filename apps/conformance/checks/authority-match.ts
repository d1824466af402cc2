import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A rule may ask for the host that was called',
  features: ['HostMatch'],
  async run({ call, expect }) {
    expect('reviews', await call({ to: 'reviews' }), ok(), servedBy('v1'))
    expect('its full name', await call({ to: 'reviews.default.svc.cluster.local' }), ok(), servedBy('v2'))
  },
})
