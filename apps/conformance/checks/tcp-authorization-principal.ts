import { check } from '../src/check.ts'
import { ok, header, unheard } from '../src/checkers.ts'

export default check({
  title: 'Only connections of the allowed principal are accepted',
  features: ['AuthorizationPolicy', 'TCP'],
  needs: ['tcp'],
  async run({ call, expect }) {
    const order = { scheme: 'tcp', to: 'ratings:9082', body: 'a few bytes', count: 3 } as const
    expect('productpage', await call(order), ok(), header('received', '11'))
    expect('details', await call({ ...order, from: 'details-v1' }), unheard())
  },
})
