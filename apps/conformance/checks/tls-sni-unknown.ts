import { check } from '../src/check.ts'
import { ok, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A name that no rule for TLS has is passed on to the service that was dialled',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['reviews', 'ratings'],
  async run({ call, expect }) {
    const order = { scheme: 'tls', to: 'reviews:9083', count: 3 } as const
    const [known, unknown] = ['reviews-v9.default.svc.cluster.local', 'reviews-v7.default.svc.cluster.local']
    expect('a name that a rule has', await call({ ...order, serverName: known }), ok(), servedByService('ratings'))
    expect('another one', await call({ ...order, serverName: unknown }), ok(), servedByService('reviews'))
  },
})
