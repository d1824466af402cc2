import { check } from '../src/check.ts'
import { ok, header, servedBy } from '../src/checkers.ts'

export default check({
  title: 'At a port without a protocol, what is not HTTP follows the rules for TCP',
  features: ['Sniffing', 'TCP'],
  needs: ['sniffing'],
  async run({ call, expect }) {
    // So many that the client's end comes long after the first line: Envoy resets a client that has ended before it knows what is spoken.
    const bytes = 1_000_000
    const answers = await call({ scheme: 'tcp', to: 'reviews:9085', body: 'no request of HTTP\r\n', bytes, count: 5 })
    expect('connections', answers, ok(), servedBy('v3'), header('received', String(bytes)))
  },
})
