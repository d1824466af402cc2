import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Removed rules no longer apply',
  features: ['RuleChanges'],
  async run({ call, expect, apply }) {
    expect('one version', await call({ count: 20 }), ok(), servedBy('v1'))
    await apply('rule-removed.other.yaml')
    expect('another one', await call({ count: 20 }), ok(), servedBy('v2'))
  },
})
