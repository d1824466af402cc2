import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Of the rules of a GRPCRoute that match, the one with the longer service and method is taken, then the one with more headers',
  features: ['GRPCRoute', 'HeaderMatch'],
  async run({ call, expect }) {
    expect('method before headers', await call({ headers: { a: '1', b: '2' } }), ok(), servedBy('v2'))
    expect('service before headers', await call({ path: '/probe/echo/a', headers: { a: '1', b: '2' } }), ok(), servedBy('v3'))
    expect('headers', await call({ path: '/reviews/0', headers: { a: '1', b: '2' } }), servedBy('v1'))
  },
})
