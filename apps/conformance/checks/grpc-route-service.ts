import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A GRPCRoute takes every method of a service',
  features: ['GRPCRoute'],
  async run({ call, expect }) {
    expect('a method', await call({ path: '/probe/echo' }), ok(), servedBy('v3'))
    expect('another service', await call({ path: '/reviews/0' }), servedBy('v1'))
  },
})
