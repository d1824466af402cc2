import { check } from '../src/check.ts'
import { status, took } from '../src/checkers.ts'

export default check({
  title: 'The timeout of a route covers all of its tries',
  features: ['Timeout', 'Retries'],
  async run({ call, expect }) {
    const answers = await call({ to: 'details', path: '/probe/echo?delay=4000', timeoutMs: 15_000, timed: 900 })
    expect('all tries', answers, status(504), took(900))
  },
})
