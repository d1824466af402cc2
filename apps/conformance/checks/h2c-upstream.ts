import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'A request arrives by the version of HTTP that the port declares, whatever the client speaks',
  features: ['Http2'],
  needs: ['grpc'],
  async run({ call, expect, note }) {
    for (const protocol of ['h1', 'h2c'] as const) {
      const answers = await call({ protocol, to: 'reviews:9081', count: 3 })
      expect(`${protocol} to a port for gRPC`, answers, ok())
      const seen = answers.map(({ echo }) => echo?.proto ?? 'no echo')
      note(
        `what arrives of ${protocol}`,
        fact(
          'HTTP/2.0',
          [...new Set(seen)].join(', '),
          seen.every((proto) => proto === 'HTTP/2.0'),
        ),
      )
    }
  },
})
