import { check } from '../src/check.ts'
import { ok, samePod, spreadOver } from '../src/checkers.ts'

export default check({
  title: 'Requests with the same query parameter go to the same pod; others spread',
  features: ['ConsistentHash'],
  async run({ call, expect }) {
    expect('the same book', await call({ count: 15, path: '/probe/echo?book=17' }), ok(), samePod())
    expect('many books', await call({ count: 120, path: '/probe/echo?book={i}' }), ok(), spreadOver(3))
  },
})
