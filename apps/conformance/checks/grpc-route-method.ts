import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A GRPCRoute takes calls by service and method, whole names only',
  features: ['GRPCRoute'],
  async run({ call, expect }) {
    // A method is the path /SERVICE/METHOD, whatever the body is.
    expect('the method', await call({ path: '/probe/echo' }), ok(), servedBy('v2'))
    expect('a path below it', await call({ path: '/probe/echo/a' }), ok(), servedBy('v1'))
    expect('another service', await call({ path: '/reviews/0' }), servedBy('v1'))
  },
})
