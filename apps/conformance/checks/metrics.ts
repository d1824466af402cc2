import { check } from '../src/check.ts'
import { ok, status, fact } from '../src/checkers.ts'
import { counterOf } from '../src/metrics.ts'

export default check({
  title: "A workload's metrics count the requests that it got, by status",
  features: ['Metrics'],
  exclusive: true,
  async run({ call, expect, note, direct }) {
    const count = async (code: number) =>
      counterOf(await direct('ratings-v1', '/metrics'), 'http_request_duration_seconds_count', {
        route: '/ratings/:id',
        code: String(code),
      })
    const before = [await count(200), await count(400)]
    expect('good', await call({ to: 'ratings', path: '/ratings/0', count: 7 }), ok())
    expect('bad', await call({ to: 'ratings', path: '/ratings/abc', count: 3 }), status(400))
    const after = [await count(200), await count(400)]
    const grown = after.map((value, i) => value - before[i]!)
    note('counted', fact('7 and 3', grown.join(' and '), grown[0] === 7 && grown[1] === 3))
  },
})
