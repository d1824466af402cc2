import type { Answer } from '../src/answer.ts'
import { check } from '../src/check.ts'
import { ok, status, header, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'Beyond the connections and the queue that a pool allows, requests overflow with 503',
  features: ['ConnectionPool'],
  async run({ call, expect, note, id, ledger }) {
    const mark = id()
    const first = call({ to: 'details', path: '/probe/echo?delay=6000', headers: { 'x-probe-id': mark } })
    // The others come once the connection is in use: while it is opened, the first request is in the queue itself.
    await eventually('the first request arrives', async () => ((await ledger(mark, 'details'))['v1'] === 1 ? true : undefined))
    const others = await call({ to: 'details', count: 11, concurrency: 11 })
    const overflowed = others.filter((answer) => answer.status === 503)
    expect('first', await first, ok())
    expect('others', others, status(200, 503))
    expect('overflowed', overflowed, header('x-envoy-overloaded', 'true'))
    const end = ({ at, ms }: Answer) => at + ms
    const served = Math.min(...(await first).map(end))
    const waited = overflowed.filter((answer) => end(answer) > served).length
    note('when', fact('all before the first is served', waited === 0 ? 'all before' : `${waited} after it`, waited === 0))
    // One waits in the queue. Each worker of a proxy may have a connection, however small the pool is.
    note('how many', fact('7 to 10 overflowed', String(overflowed.length), overflowed.length >= 7 && overflowed.length <= 10))
    expect('one at a time', await call({ to: 'details', count: 5 }), ok())
  },
})
