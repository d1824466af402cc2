import { check } from '../src/check.ts'
import { ok, spreadOver, fact } from '../src/checkers.ts'

export default check({
  title: 'ROUND_ROBIN uses every pod of a service in turn',
  features: ['LoadBalancing'],
  async run({ call, expect, note }) {
    const answers = await call({ count: 300 })
    expect('reviews', answers, ok(), spreadOver(3))
    const least = Math.min(...['v1', 'v2', 'v3'].map((version) => answers.filter(({ servedBy: by }) => by?.version === version).length))
    note('the pod with the fewest', fact('90 or more of 300', String(least), least >= 90))
  },
})
