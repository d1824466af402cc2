import { check } from '../src/check.ts'
import { ok, receivedPath } from '../src/checkers.ts'

export default check({
  title: 'A rewrite by regular expression keeps what its groups captured',
  features: ['Rewrite', 'RegularExpressions'],
  async run({ call, expect }) {
    expect('rewritten', await call({ path: '/books/17/pages/3' }), ok(), receivedPath('/probe/echo/3/of/17'))
  },
})
