import type { Answer } from '../src/answer.ts'
import { check } from '../src/check.ts'
import { ok, status, header, fact } from '../src/checkers.ts'

export default check({
  title: 'Beyond the connections and the queue that a pool allows, requests overflow with 503',
  features: ['ConnectionPool'],
  async run({ call, expect, note }) {
    const answers = await call({ to: 'details', count: 12, concurrency: 12, path: '/probe/echo?delay=800' })
    const overflowed = answers.filter((answer) => answer.status === 503)
    expect('all', answers, status(200, 503))
    expect('overflowed', overflowed, header('x-envoy-overloaded', 'true'))
    const end = ({ at, ms }: Answer) => at + ms
    const served = Math.min(...answers.filter((answer) => answer.status === 200).map(end))
    const waited = overflowed.filter((answer) => end(answer) > served).length
    note('when', fact('all before the first that is served', waited === 0 ? 'all before' : `${waited} after it`, waited === 0))
    note('how many', fact('7 to 10 overflowed', String(overflowed.length), overflowed.length >= 7 && overflowed.length <= 10))
    expect('one at a time', await call({ to: 'details', count: 5 }), ok())
  },
})
