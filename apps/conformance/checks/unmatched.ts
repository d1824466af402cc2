import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A request that no rule of its host matches is answered with 404',
  features: ['UnmatchedRequest'],
  async run({ call, expect }) {
    expect('matched', await call({ path: '/probe/echo/a' }), ok())
    expect('unmatched', await call({ path: '/probe/echo/b' }), status(404), servedBy('none'))
  },
})
