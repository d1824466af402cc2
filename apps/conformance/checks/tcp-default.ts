import { check } from '../src/check.ts'
import { ok, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A connection without a rule reaches a pod of the service that was dialled',
  features: ['TCP'],
  needs: ['tcp'],
  hosts: ['ratings', 'details'],
  async run({ call, expect }) {
    expect('ratings', await call({ scheme: 'tcp', to: 'ratings:9082', count: 5 }), ok(), servedByService('ratings'))
    expect('details', await call({ scheme: 'tcp', to: 'details:9082', count: 5 }), ok(), servedByService('details'))
  },
})
