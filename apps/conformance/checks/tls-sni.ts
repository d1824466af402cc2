import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules for TLS choose by the name that the client asks for',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['reviews'],
  async run({ call, expect }) {
    const order = { scheme: 'tls', to: 'reviews:9083', count: 5 } as const
    expect('one name', await call({ ...order, serverName: 'reviews-v8.default.svc.cluster.local' }), ok(), servedBy('v1'))
    expect('the other', await call({ ...order, serverName: 'reviews-v9.default.svc.cluster.local' }), ok(), servedBy('v3'))
  },
})
