import { check } from '../src/check.ts'
import { ok, received, fact } from '../src/checkers.ts'

export default check({
  title: 'Bodies arrive complete in both directions',
  features: ['Bodies'],
  async run({ call, expect, note }) {
    const sent = await call({ method: 'POST', body: 'x'.repeat(60_000), headers: { 'content-type': 'text/plain' } })
    expect('the request', sent, ok(), received('content-length', '60000'))
    const [answer] = await call({ path: '/probe/echo?bytes=5000000' })
    note('the answer', fact('5000000 bytes', `${answer?.bytes} bytes`, answer?.bytes === 5_000_000))
  },
})
