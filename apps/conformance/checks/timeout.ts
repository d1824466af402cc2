import { check } from '../src/check.ts'
import { ok, status, body, took } from '../src/checkers.ts'

export default check({
  title: 'A request that takes longer than its timeout is answered with 504, in time',
  features: ['Timeout'],
  async run({ call, expect }) {
    const slow = await call({ to: 'details', path: '/probe/echo?delay=4000', timed: 700 })
    expect('slow', slow, status(504), took(700), body('upstream request timeout'))
    expect('fast', await call({ to: 'details', path: '/probe/echo?delay=50' }), ok())
  },
})
