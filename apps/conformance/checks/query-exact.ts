import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A query parameter matches by its exact value',
  features: ['QueryMatch'],
  async run({ call, expect }) {
    expect('/probe/echo?beta=on', await call({ path: '/probe/echo?beta=on' }), ok(), servedBy('v2'))
    expect('/probe/echo?x=1&beta=on', await call({ path: '/probe/echo?x=1&beta=on' }), ok(), servedBy('v2'))
    expect('/probe/echo?beta=off', await call({ path: '/probe/echo?beta=off' }), ok(), servedBy('v1'))
    expect('/probe/echo?beta=ON', await call({ path: '/probe/echo?beta=ON' }), ok(), servedBy('v1'))
    expect('/probe/echo?alpha=on', await call({ path: '/probe/echo?alpha=on' }), ok(), servedBy('v1'))
    expect('/probe/echo?beta=on1', await call({ path: '/probe/echo?beta=on1' }), ok(), servedBy('v1'))
    expect('/probe/echo', await call({ path: '/probe/echo' }), ok(), servedBy('v1'))
  },
})
