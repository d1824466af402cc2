import { check } from '../src/check.ts'
import { ok, unheard } from '../src/checkers.ts'

export default check({
  title: 'A rule that allows by a field of HTTP allows no connection',
  features: ['AuthorizationPolicy', 'TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('requests', await call({ to: 'ratings' }), ok())
    expect('connections', await call({ scheme: 'tcp', to: 'ratings:9082', body: 'a few bytes', count: 3 }), unheard())
  },
})
