import { check } from '../src/check.ts'
import { ok, header, received } from '../src/checkers.ts'

export default check({
  title: 'Headers that no rule mentions pass unchanged, in both directions',
  features: ['HeaderOperations'],
  async run({ call, expect }) {
    const headers = {
      'user-agent': 'conformance/1.0',
      cookie: 'a=1; b=2',
      authorization: 'Bearer x',
      'x-anything': 'at all',
      accept: 'text/*',
      baggage: 'tenant=7;p=1,b=2',
    }
    const answers = await call({ headers })
    expect('the workload', answers, ok(), ...Object.entries(headers).map(([name, value]) => received(name, value)))
    expect('the caller', answers, header('content-type', 'application/json; charset=utf-8'))
  },
})
