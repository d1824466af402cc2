import { check } from '../src/check.ts'
import { ok, unheard } from '../src/checkers.ts'

export default check({
  title: 'Of a rule that denies, connections ignore fields of HTTP and keep the port',
  features: ['AuthorizationPolicy', 'TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('a request by another method', await call({ to: 'ratings' }), ok())
    expect('connections', await call({ scheme: 'tcp', to: 'ratings:9082', body: 'a few bytes', count: 3 }), unheard())
    expect('connections to another port', await call({ scheme: 'tls', to: 'ratings:9083', count: 3 }), ok())
  },
})
