import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A GRPCRoute takes services and methods by patterns, which fit them whole',
  features: ['GRPCRoute', 'RegularExpressions'],
  async run({ call, expect }) {
    expect('fits', await call({ path: '/probe/echo' }), ok(), servedBy('v2'))
    expect('does not', await call({ path: '/reviews/0' }), servedBy('v1'))
  },
})
