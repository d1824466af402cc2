import { check } from '../src/check.ts'
import { ok, received, notReceived } from '../src/checkers.ts'

export default check({
  title: 'Headers of one destination do not reach the other one',
  features: ['HeaderOperations', 'Weights'],
  async run({ call, expect }) {
    const answers = await call({ count: 60 })
    const [first, second] = ['v1', 'v2'].map((version) => answers.filter((answer) => answer.servedBy?.version === version))
    expect('v1', first ?? [], ok(), received('x-version', 'one'))
    expect('v2', second ?? [], ok(), notReceived('x-version'))
  },
})
