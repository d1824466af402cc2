import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A GRPCRoute takes calls by method and header together',
  features: ['GRPCRoute', 'HeaderMatch'],
  async run({ call, expect }) {
    expect('both', await call({ headers: { 'end-user': 'jason' } }), ok(), servedBy('v2'))
    expect('another value', await call({ headers: { 'end-user': 'kim' } }), ok(), servedBy('v1'))
    expect('another method', await call({ path: '/probe/echo/a', headers: { 'end-user': 'jason' } }), ok(), servedBy('v1'))
  },
})
