import { check } from '../src/check.ts'
import { header, notReceived, ok, received } from '../src/checkers.ts'

export default check({
  title: 'A GRPCRoute changes headers of calls and of answers',
  features: ['GRPCRoute', 'HeaderOperations'],
  async run({ call, expect }) {
    const answers = await call({ headers: { 'x-old': '1', 'x-set': '2' } })
    expect('request', answers, ok(), received('x-set', 'new'), received('x-add', 'more'), notReceived('x-old'))
    expect('answer', answers, header('x-answer', 'set'))
  },
})
