import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'The gateway routes by path, and answers 404 without a matching route',
  features: ['Gateway', 'PathMatch', 'UnmatchedRequest'],
  needs: ['gateway'],
  async run({ knock, expect }) {
    expect('a route', await knock({ host: 'conformance.example', path: '/probe/echo/a' }), ok(), servedBy('v2'))
    expect('no route', await knock({ host: 'conformance.example', path: '/probe/ledger' }), status(404), servedBy('none'))
  },
})
