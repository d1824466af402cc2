import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A policy may match on the host that was called',
  features: ['HostMatch'],
  async run({ call, expect, namespace }) {
    expect('reviews', await call({ to: 'reviews' }), ok(), servedBy('v1'))
    expect('its full name', await call({ to: `reviews.${namespace}.svc.cluster.local` }), ok(), servedBy('v2'))
  },
})
