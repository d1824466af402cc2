import { check } from '../src/check.ts'
import { ok, refused } from '../src/checkers.ts'

export default check({
  title: 'A name that no rule for TLS has closes the connection',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['reviews'],
  async run({ call, expect }) {
    const order = (version: string) =>
      ({ scheme: 'tls', to: 'reviews:9083', serverName: `reviews-${version}.default.svc.cluster.local`, count: 3 }) as const
    expect('a name that a rule has', await call(order('v9')), ok())
    expect('another one', await call(order('v7')), refused())
  },
})
