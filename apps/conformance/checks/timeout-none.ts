import { check } from '../src/check.ts'
import { ok, took } from '../src/checkers.ts'

export default check({
  title: 'Without a timeout the caller waits for a slow answer',
  features: ['Timeout'],
  hosts: ['details'],
  async run({ call, expect }) {
    expect('slow', await call({ to: 'details', path: '/probe/echo?delay=3000', timed: 3000 }), ok(), took(3000))
  },
})
