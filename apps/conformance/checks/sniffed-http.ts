import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'At a port without a protocol, requests follow the rules for HTTP',
  features: ['Sniffing'],
  needs: ['sniffing'],
  async run({ call, expect }) {
    for (const protocol of ['h1', 'h2c'] as const) {
      const order = { to: 'reviews:9084', protocol } as const
      expect(`jason by ${protocol}`, await call({ ...order, headers: { 'end-user': 'jason' }, count: 3 }), ok(), servedBy('v2'))
      expect(`another user by ${protocol}`, await call({ ...order, headers: { 'end-user': 'jasmine' }, count: 3 }), ok(), servedBy('v1'))
    }
  },
})
