import { check } from '../src/check.ts'
import { ok, unheard } from '../src/checkers.ts'

export default check({
  title: 'A policy closes connections to ports that it does not allow',
  features: ['AuthorizationPolicy', 'TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('the allowed port', await call({ to: 'ratings' }), ok())
    expect('another one', await call({ scheme: 'tcp', to: 'ratings:9082', body: 'a few bytes', count: 3 }), unheard())
  },
})
