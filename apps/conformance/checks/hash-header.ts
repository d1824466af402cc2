import { check } from '../src/check.ts'
import { ok, samePod, spreadOver } from '../src/checkers.ts'

export default check({
  title: 'Requests with the same header go to the same pod; others spread',
  features: ['ConsistentHash'],
  async run({ call, expect }) {
    for (const user of ['jason', 'mary', 'ann']) expect(user, await call({ count: 15, headers: { 'end-user': user } }), ok(), samePod())
    expect('many users', await call({ count: 120, headers: { 'end-user': 'user-{i}' } }), ok(), spreadOver(3))
  },
})
