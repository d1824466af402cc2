import { check } from '../src/check.ts'
import { ok, receivedPath } from '../src/checkers.ts'

export default check({
  title: 'A rewrite of the full path keeps only the query',
  features: ['Rewrite'],
  async run({ call, expect }) {
    expect('rewritten', await call({ path: '/api/v9/a/b?x=1' }), ok(), receivedPath('/probe/echo/whole?x=1'))
  },
})
