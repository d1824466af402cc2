/** The mesh as a picture tells it: who is there, and what flows between them. */
import type { Edge } from '../../../control/stats.ts'

export const gatewayName = 'istio-ingressgateway'

/** Enough of a workload for the picture. */
export interface DrawnWorkload {
  name: string
  app: string
}

export interface Link {
  /** `from>to`, also what it is drawn as. */
  id: string
  /** Node: a workload or the gateway. */
  from: string
  /** Node: a workload, or an app with several versions whose requests reached none of them. */
  to: string
  /** Requests per second. */
  rate: number
  /** 0 to 1 */
  errors: number
  /** ms; 0 when nothing flows */
  p50: number
  p99: number
  /** Of the greater part; empty when nothing flows. */
  protocol: string
  /** Of connections that are passed on byte by byte. */
  connections?: { open: number; bytesPerSecond: number }
}

/** Calls that the application makes by itself; drawn even while nothing flows. */
const usual: readonly (readonly [from: string, to: string])[] = [
  [gatewayName, 'productpage-v1'],
  ['productpage-v1', 'details-v1'],
  ['productpage-v1', 'reviews-v1'],
  ['productpage-v1', 'reviews-v2'],
  ['productpage-v1', 'reviews-v3'],
  ['reviews-v2', 'ratings-v1'],
  ['reviews-v3', 'ratings-v1'],
]

/** `reviews-v2` and `reviews` are both of the app `reviews`. */
const appOf = (service: string, workloads: readonly DrawnWorkload[]) =>
  workloads.find(({ name, app }) => name === service || app === service)?.app

/** What is drawn. Requests that a proxy answered itself belong to the workload that was meant, or to its app when it has several. */
export function links(workloads: readonly DrawnWorkload[], edges: readonly Edge[]): Link[] {
  const nodes = new Set([gatewayName, ...workloads.map(({ name }) => name)])
  const drawn = new Map<string, Link>()
  for (const [from, to] of usual)
    if (nodes.has(from) && nodes.has(to)) add(drawn, { from, to, rate: 0, errors: 0, p50: 0, p99: 0, protocol: '' })
  for (const edge of edges) {
    if ((edge.rate === 0 && !edge.connections?.open) || !nodes.has(edge.from)) continue
    const to = edge.to ?? targetOf(edge.service, workloads)
    if (to !== undefined) add(drawn, { ...edge, to })
  }
  return [...drawn.values()]
}

function targetOf(service: string, workloads: readonly DrawnWorkload[]): string | undefined {
  const app = appOf(service, workloads)
  const versions = workloads.filter((each) => each.app === app)
  return versions.find(({ name }) => name === service)?.name ?? (versions.length === 1 ? versions[0]!.name : app)
}

function add(drawn: Map<string, Link>, { from, to, rate, errors, p50, p99, protocol, connections }: Omit<Link, 'id'>) {
  const id = `${from}>${to}`
  const known = drawn.get(id)
  const passed = [known?.connections, connections].filter((each) => each !== undefined)
  const together = passed.length > 0 && {
    connections: {
      open: passed.reduce((sum, { open }) => sum + open, 0),
      bytesPerSecond: passed.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0),
    },
  }
  if (!known || known.rate === 0) {
    drawn.set(id, { id, from, to, rate, errors, p50, p99, protocol, ...together })
    return
  }
  const all = known.rate + rate
  const busier = known.rate >= rate ? known : { p50, p99, protocol }
  drawn.set(id, {
    ...known,
    ...together,
    rate: all,
    errors: all === 0 ? 0 : (known.errors * known.rate + errors * rate) / all,
    // Percentiles do not add up; those of the greater part are the better guess.
    p50: busier.p50,
    protocol: busier.protocol,
    p99: Math.max(known.p99, p99),
  })
}

/** Share (0 to 1) of its app's answered requests that each workload served; undefined while nothing flows. */
export function shares(workloads: readonly DrawnWorkload[], edges: readonly Edge[]): Map<string, number> {
  const served = new Map<string, number>()
  for (const { to, rate } of edges) if (to !== null) served.set(to, (served.get(to) ?? 0) + rate)
  const found = new Map<string, number>()
  for (const app of new Set(workloads.map((each) => each.app))) {
    const versions = workloads.filter((each) => each.app === app)
    const all = versions.reduce((sum, { name }) => sum + (served.get(name) ?? 0), 0)
    if (all > 0) for (const { name } of versions) found.set(name, (served.get(name) ?? 0) / all)
  }
  return found
}

/** What enters the mesh: requests per second, their error share and latency. */
export function entering(edges: readonly Edge[]): { rate: number; errors: number; p50: number; p99: number } {
  const all = edges.filter(({ from, rate }) => from === gatewayName && rate > 0)
  const rate = all.reduce((sum, edge) => sum + edge.rate, 0)
  const busiest = all.toSorted((a, b) => b.rate - a.rate)[0]
  const errors = rate === 0 ? 0 : all.reduce((sum, edge) => sum + edge.errors * edge.rate, 0) / rate
  return { rate, errors, p50: busiest?.p50 ?? 0, p99: busiest?.p99 ?? 0 }
}
