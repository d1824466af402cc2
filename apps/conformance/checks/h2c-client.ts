import { check } from '../src/check.ts'
import { ok, status, received, receivedHost, fact } from '../src/checkers.ts'

export default check({
  title: 'A client of HTTP/2 without TLS is served as one of HTTP/1.1 is, at the same port',
  features: ['Http2'],
  needs: ['grpc'],
  async run({ call, expect, note }) {
    const answers = await call({ protocol: 'h2c', headers: { 'x-thing': 'one' }, count: 5 })
    expect('HTTP/2', answers, ok(), received('x-thing', 'one'), receivedHost('reviews:9080'))
    const large = await call({ protocol: 'h2c', path: '/probe/echo?bytes=500000' })
    expect('a large answer', large, ok())
    note('bytes', fact('500000', String(large[0]!.bytes), large[0]!.bytes === 500_000))
    expect('a status', await call({ protocol: 'h2c', path: '/probe/echo?status=418' }), status(418))
  },
})
