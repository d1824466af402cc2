import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A regular expression matches the whole path',
  features: ['PathMatch', 'RegularExpressions', 'UnmatchedRequest'],
  async run({ call, expect, profile }) {
    // In the Gateway API's order a pattern would come after the rule for all other paths, so that there is none.
    const another = profile === 'istio' ? servedBy('v1') : status(404)
    expect('/probe/echo/item-17', await call({ path: '/probe/echo/item-17' }), ok(), servedBy('v2'))
    for (const path of ['/probe/echo/item-17x', '/probe/echo/item-', '/probe/echo/x/item-17']) expect(path, await call({ path }), another)
  },
})
