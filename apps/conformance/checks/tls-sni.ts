import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules for TLS choose by the name that the client asks for',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['reviews'],
  async run({ call, expect }) {
    const order = (version: string) =>
      ({ scheme: 'tls', to: 'reviews:9083', serverName: `reviews-${version}.default.svc.cluster.local`, count: 5 }) as const
    expect('one name', await call(order('v8')), ok(), servedBy('v1'))
    expect('the other', await call(order('v9')), ok(), servedBy('v3'))
  },
})
