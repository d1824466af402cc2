import { check } from '../src/check.ts'
import { status, body, took } from '../src/checkers.ts'

export default check({
  title: 'A delay and an abort both apply, one after the other',
  features: ['FaultDelay', 'FaultAbort'],
  async run({ call, expect }) {
    expect('both', await call({ to: 'details', timed: 800 }), status(555), body('fault filter abort'), took(800))
  },
})
