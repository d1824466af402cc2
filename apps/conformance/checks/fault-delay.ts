import { check } from '../src/check.ts'
import { ok, took, within } from '../src/checkers.ts'

export default check({
  title: 'A delay holds back the matching requests for its time, and no others',
  features: ['FaultDelay'],
  async run({ call, expect }) {
    expect('jason', await call({ to: 'details', headers: { 'end-user': 'jason' }, timed: 1500 }), ok(), took(1500))
    expect('anybody else', await call({ to: 'details', count: 5, timed: 0 }), ok(), within(1000))
  },
})
