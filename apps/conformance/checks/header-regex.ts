import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A regular expression matches the whole value of a header',
  features: ['HeaderMatch', 'RegularExpressions'],
  async run({ call, expect }) {
    expect('end-user: user-17', await call({ headers: { 'end-user': 'user-17' } }), ok(), servedBy('v2'))
    expect('end-user: user-17x', await call({ headers: { 'end-user': 'user-17x' } }), ok(), servedBy('v1'))
    expect('end-user: xuser-17', await call({ headers: { 'end-user': 'xuser-17' } }), ok(), servedBy('v1'))
    expect('end-user: user-', await call({ headers: { 'end-user': 'user-' } }), ok(), servedBy('v1'))
    expect('no header', await call(), ok(), servedBy('v1'))
  },
})
