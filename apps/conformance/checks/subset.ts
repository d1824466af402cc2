import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A subset is the pods with its labels, and no others',
  features: ['Subsets'],
  async run({ call, expect }) {
    for (const version of ['v1', 'v2', 'v3'])
      expect(version, await call({ count: 10, headers: { 'x-version': version } }), ok(), servedBy(version))
  },
})
