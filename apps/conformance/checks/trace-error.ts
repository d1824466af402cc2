import { check } from '../src/check.ts'
import { status, fact } from '../src/checkers.ts'

export default check({
  title: 'A failing hop is marked as an error in its trace',
  features: ['Tracing'],
  needs: ['zipkin'],
  async run({ call, expect, note, trace, hex }) {
    const traceId = hex(32)
    expect(
      'a failure',
      await call({ path: '/probe/echo?status=500', headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' } }),
      status(500),
    )
    const spans = await trace(traceId, (seen) => seen.some(({ kind }) => kind === 'CLIENT'))
    const client = spans.find(({ kind }) => kind === 'CLIENT')
    note(
      'its span',
      fact(
        'error, status 500',
        JSON.stringify(client?.tags ?? {}),
        client?.tags?.['error'] !== undefined && client.tags['http.status_code'] === '500',
      ),
    )
  },
})
