import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A method matches itself and no other',
  features: ['MethodMatch'],
  async run({ call, expect }) {
    expect('POST', await call({ method: 'POST', body: '{}' }), ok(), servedBy('v2'))
    expect('GET', await call(), ok(), servedBy('v1'))
    expect('PUT', await call({ method: 'PUT', body: '{}' }), ok(), servedBy('v1'))
  },
})
