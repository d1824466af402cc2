import { check } from '../src/check.ts'
import { ok, servedBy, receivedPath } from '../src/checkers.ts'

export default check({
  title: "A rewrite replaces the path's prefix; the workload sees the rest and the query",
  features: ['Rewrite'],
  async run({ call, expect }) {
    expect('rewritten', await call({ path: '/api/v9/a/b?x=1' }), ok(), receivedPath('/probe/echo/a/b?x=1'), servedBy('v1'))
    expect('only the prefix', await call({ path: '/api/v9' }), ok(), receivedPath('/probe/echo'))
  },
})
