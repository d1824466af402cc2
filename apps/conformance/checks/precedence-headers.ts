import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'With equal paths, the rule with a method goes first, then the one with more headers',
  features: ['RulePrecedence'],
  async run({ call, expect }) {
    const one = { 'end-user': 'jason' }
    expect('one header', await call({ headers: one }), ok(), servedBy('v1'))
    expect('two headers', await call({ headers: { ...one, 'x-beta': 'on' } }), ok(), servedBy('v2'))
    expect('a method', await call({ method: 'POST', body: '{}', headers: { ...one, 'x-beta': 'on' } }), ok(), servedBy('v3'))
  },
})
