import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules for TCP choose by the labels of the caller',
  features: ['TCP', 'SourceLabels'],
  needs: ['tcp'],
  async run({ call, expect }) {
    expect('productpage', await call({ scheme: 'tcp', to: 'reviews:9082', count: 10 }), ok(), servedBy('v2'))
    expect('details', await call({ scheme: 'tcp', to: 'reviews:9082', from: 'details-v1', count: 10 }), ok(), servedBy('v3'))
  },
})
