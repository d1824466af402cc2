import { check } from '../src/check.ts'
import { ok, spreadOver } from '../src/checkers.ts'

export default check({
  title: 'Without rules, every pod of a service gets some requests',
  features: ['LoadBalancing'],
  async run({ call, expect }) {
    expect('reviews', await call({ count: 150 }), ok(), spreadOver(3))
  },
})
