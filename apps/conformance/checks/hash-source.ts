import { check } from '../src/check.ts'
import { ok, samePod } from '../src/checkers.ts'

export default check({
  title: 'Requests of one caller go to the same pod',
  features: ['ConsistentHash'],
  async run({ call, expect }) {
    expect('productpage', await call({ count: 30, headers: { 'end-user': 'user-{i}' } }), ok(), samePod())
  },
})
