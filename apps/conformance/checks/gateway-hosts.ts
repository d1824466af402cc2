import { check } from '../src/check.ts'
import { ok, status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'The gateway distinguishes hosts: exact ones, wildcards, and those that no rule serves',
  features: ['Gateway', 'HostMatch'],
  needs: ['gateway'],
  async run({ knock, expect }) {
    expect('exact', await knock({ host: 'a.conformance.example' }), ok(), servedBy('v1'))
    expect('wildcard', await knock({ host: 'b.conformance.example' }), ok(), servedBy('v2'))
    expect('with a port', await knock({ host: 'a.conformance.example:80' }), ok(), servedBy('v1'))
    expect('a host without a rule', await knock({ host: 'elsewhere.example', path: '/probe/echo' }), status(404), servedBy('none'))
  },
})
