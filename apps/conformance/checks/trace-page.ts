import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'
import { limits } from '../src/eventually.ts'
import { ancestors, hasEveryServer, orphans, serviceOf } from '../src/spans.ts'

/** Who calls whom for one page. */
const edges: [string, string][] = [
  ['productpage', 'details'],
  ['productpage', 'reviews'],
  ['reviews', 'ratings'],
]

export default check({
  title: 'A page is one trace: every hop has a CLIENT and a SERVER span, and every parent is in it',
  features: ['Tracing'],
  needs: ['zipkin', 'gateway'],
  hosts: ['details', 'ratings'],
  async run({ knock, expect, note, trace, hex }) {
    const [traceId, above] = [hex(32), hex(16)]
    expect(
      'the page',
      await knock({ path: '/productpage', headers: { 'x-b3-traceid': traceId, 'x-b3-spanid': above, 'x-b3-sampled': '1' } }),
      ok(),
    )
    await trace(traceId, hasEveryServer)
    // Callers report after those whom they called.
    await sleep(limits.arrival)
    const spans = await trace(traceId, hasEveryServer)
    const services = new Set(spans.filter(({ kind }) => kind === 'SERVER').map(serviceOf))
    const silent = edges.flat().filter((name) => !services.has(name))
    note(
      'SERVER spans',
      fact('of every service', silent.length === 0 ? 'of every service' : `none of ${silent.join(', ')}`, silent.length === 0),
    )
    const lost = orphans(spans, above).map((span) => span.name ?? span.id)
    note('spans without a parent', fact('none', lost.join(', ') || 'none', lost.length === 0))
    const missing = edges.filter(
      ([parent, child]) => !spans.some((span) => serviceOf(span) === child && ancestors(span, spans).includes(parent)),
    )
    note(
      'who called whom',
      fact('every call', missing.map((edge) => `not ${edge.join(' → ')}`).join(', ') || 'every call', missing.length === 0),
    )
    const clients = spans.filter(({ kind }) => kind === 'CLIENT').length
    note('CLIENT spans', fact('3 or more', String(clients), clients >= 3))
  },
})
