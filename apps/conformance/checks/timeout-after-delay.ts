import { check } from '../src/check.ts'
import { ok, took } from '../src/checkers.ts'

export default check({
  title: 'A fault delay switches the timeout of its route off',
  features: ['Timeout', 'FaultDelay'],
  async run({ call, expect }) {
    expect('delayed', await call({ to: 'details', timed: 1200 }), ok(), took(1200))
  },
})
