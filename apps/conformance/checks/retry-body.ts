import { check } from '../src/check.ts'
import { ok, received } from '../src/checkers.ts'

export default check({
  title: 'A retried request carries its body again',
  features: ['Retries'],
  async run({ call, expect, id }) {
    const mark = id()
    const answers = await call({
      method: 'POST',
      body: 'x'.repeat(10_000),
      path: '/probe/echo?fail=2',
      headers: { 'x-probe-id': mark, 'content-type': 'text/plain' },
    })
    expect('answered', answers, ok(), received('content-length', '10000'))
  },
})
