import { check } from '../src/check.ts'
import { ok, refused } from '../src/checkers.ts'

export default check({
  title: 'A name that no rule for TLS has closes the connection',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['reviews'],
  async run({ call, expect }) {
    const order = { scheme: 'tls', to: 'reviews:9083', count: 3 } as const
    expect('a name that a rule has', await call({ ...order, serverName: 'reviews-v9.default.svc.cluster.local' }), ok())
    expect('another one', await call({ ...order, serverName: 'reviews-v7.default.svc.cluster.local' }), refused())
  },
})
