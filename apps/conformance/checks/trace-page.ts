import { setTimeout as sleep } from 'node:timers/promises'
import { check } from '../src/check.ts'
import { ok, fact, type Finding } from '../src/checkers.ts'
import { limits } from '../src/eventually.ts'
import { ancestors, orphans, serviceOf, type Span } from '../src/spans.ts'

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
    const judge = (spans: readonly Span[]) => judgePage(spans, above)
    await trace(traceId, (spans) => judge(spans).every(([, { pass }]) => pass)).catch(() => undefined)
    // More may be under way, and wrong.
    await sleep(limits.arrival)
    for (const [what, finding] of judge(await trace(traceId, () => true))) note(what, finding)
  },
})

/** What the trace of a page has to be. `above` is the span that the visitor named as its parent. */
function judgePage(spans: readonly Span[], above: string): [what: string, Finding][] {
  const services = new Set(spans.filter(({ kind }) => kind === 'SERVER').map(serviceOf))
  const silent = [...new Set(edges.flat())].filter((name) => !services.has(name))
  const lost = orphans(spans, above).map((span) => span.name ?? span.id)
  const missing = edges.filter(
    ([parent, child]) => !spans.some((span) => serviceOf(span) === child && ancestors(span, spans).includes(parent)),
  )
  const clients = spans.filter(({ kind }) => kind === 'CLIENT').length
  return [
    [
      'SERVER spans',
      fact('of every service', silent.length === 0 ? 'of every service' : `none of ${silent.join(', ')}`, silent.length === 0),
    ],
    ['spans without a parent', fact('none', lost.join(', ') || 'none', lost.length === 0)],
    [
      'who called whom',
      fact('every call', missing.map((edge) => `not ${edge.join(' → ')}`).join(', ') || 'every call', missing.length === 0),
    ],
    ['CLIENT spans', fact('3 or more', String(clients), clients >= 3)],
  ]
}
