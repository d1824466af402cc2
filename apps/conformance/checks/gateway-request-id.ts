import { check } from '../src/check.ts'
import { ok, receivedLike, receivedOf, fact } from '../src/checkers.ts'

export default check({
  title: 'The gateway gives every request its own id, whatever a client sends',
  features: ['Gateway', 'RequestId'],
  needs: ['gateway'],
  async run({ knock, expect, note }) {
    const answers = await knock({ count: 5, headers: { 'x-request-id': 'mine' } })
    expect('the workload', answers, ok(), receivedLike('x-request-id', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/))
    const ids = new Set(answers.map((answer) => receivedOf(answer, 'x-request-id')))
    note('ids', fact('5 different ones', `${ids.size}`, ids.size === 5))
  },
})
