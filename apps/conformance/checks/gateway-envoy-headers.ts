import { check } from '../src/check.ts'
import { ok, notReceived } from '../src/checkers.ts'

export default check({
  title: 'The gateway drops headers by which a client would steer the proxy',
  features: ['Gateway'],
  needs: ['gateway'],
  async run({ knock, expect }) {
    const headers = { 'x-envoy-upstream-rq-timeout-ms': '1', 'x-envoy-max-retries': '5', 'x-envoy-retry-on': '5xx' }
    const answers = await knock({ headers, path: '/probe/echo?delay=100' })
    expect('the workload', answers, ok(), notReceived('x-envoy-max-retries'), notReceived('x-envoy-retry-on'))
  },
})
