/** A trace as a tree and a waterfall, and what B3 said on its way. */
import type { ZipkinSpan } from '../../../tracing/span.ts'

export interface Row {
  span: ZipkinSpan
  depth: number
  /** Reported by a proxy, or by the application itself. */
  by: 'proxy' | 'app'
  service: string
  /** `GET /reviews/0` */
  title: string
  status: string | undefined
  failed: boolean
  /** Place in the trace's time, 0 to 1. */
  start: number
  width: number
  ms: number
  /** ms after the trace began */
  at: number
}

export interface TraceView {
  traceId: string
  title: string
  /** ms since 1970 */
  startedAt: number
  ms: number
  failed: boolean
  status: string | undefined
  /** Names of services, in the order of their first span. */
  services: readonly string[]
  rows: readonly Row[]
}

export function traceView(spans: readonly ZipkinSpan[]): TraceView {
  const began = Math.min(...spans.map(startOf))
  const ended = Math.max(...spans.map((span) => startOf(span) + (span.duration ?? 0)))
  const whole = Math.max(1, ended - began)
  const rows = ordered(spans).map(({ span, depth }): Row => {
    const { tags = {} } = span
    const status = tags['http.status_code'] ?? tags['http.response.status_code']
    return {
      span,
      depth,
      by: tags['component'] === 'proxy' ? 'proxy' : 'app',
      service: span.localEndpoint?.serviceName ?? 'unknown',
      title: titleOf(span),
      status: status === '0' ? 'no answer' : status,
      failed: tags['error'] !== undefined || (status !== undefined && (Number(status) >= 500 || status === '0')),
      start: (startOf(span) - began) / whole,
      width: (span.duration ?? 0) / whole,
      ms: (span.duration ?? 0) / 1000,
      at: (startOf(span) - began) / 1000,
    }
  })
  const [root] = rows
  return {
    traceId: spans[0]?.traceId ?? '',
    title: root?.title ?? '',
    startedAt: began / 1000,
    ms: whole / 1000,
    failed: rows.some(({ failed }) => failed),
    status: root?.status,
    services: [...new Set(rows.map(({ service }) => service))],
    rows,
  }
}

const startOf = ({ timestamp = 0 }: ZipkinSpan) => timestamp

/** Depth first, brothers by time. A span whose parent is not here stands at the top. */
function ordered(spans: readonly ZipkinSpan[]): { span: ZipkinSpan; depth: number }[] {
  const byId = new Map(spans.map((span) => [span.id, span]))
  const children = Map.groupBy(
    spans.filter((span) => span.parentId !== undefined && byId.has(span.parentId) && span.parentId !== span.id),
    ({ parentId }) => parentId!,
  )
  const below = new Set([...children.values()].flat())
  const seen = new Set<ZipkinSpan>()
  const found: { span: ZipkinSpan; depth: number }[] = []
  const walk = (list: readonly ZipkinSpan[], depth: number) => {
    for (const span of list.toSorted((a, b) => startOf(a) - startOf(b))) {
      if (seen.has(span)) continue
      seen.add(span)
      found.push({ span, depth })
      // Only one span of an id leads on: halves that share it would show their children twice.
      if (byId.get(span.id) === span) walk(children.get(span.id) ?? [], depth + 1)
    }
  }
  walk(
    spans.filter((span) => !below.has(span)),
    0,
  )
  // Spans whose parents form a circle have no root.
  walk(spans, 0)
  return found
}

function titleOf({ name = '', tags = {} }: ZipkinSpan): string {
  const method = tags['http.method'] ?? tags['http.request.method']
  const target = tags['http.url'] ?? tags['url.full'] ?? tags['http.target'] ?? tags['url.path']
  return method && target ? `${method} ${target.replace(/^https?:\/\/[^/]*/, '') || '/'}` : name
}

/** One place where B3 headers passed from one to another. */
export interface B3Hop {
  from: string
  to: string
  headers: readonly (readonly [name: string, value: string])[]
}

/**
 * The headers that went with a span: what came in to the one that reports it, and what it sent on. A span's id is what its children get as
 * `x-b3-spanid`; a proxy's CLIENT span is recognized by what the application sent, which is its parent.
 */
export function b3Hops(span: ZipkinSpan, trace: readonly ZipkinSpan[]): B3Hop[] {
  const service = span.localEndpoint?.serviceName ?? 'unknown'
  const proxy = span.tags?.['component'] === 'proxy'
  const parent = trace.find(({ id }) => id === span.parentId)
  const headers = (id: string, parentId: string | undefined): B3Hop['headers'] => [
    ['x-b3-traceid', span.traceId],
    ['x-b3-spanid', id],
    ...(parentId === undefined ? [] : [['x-b3-parentspanid', parentId] as const]),
    span.debug ? ['x-b3-flags', '1'] : ['x-b3-sampled', '1'],
  ]
  const own = headers(span.id, span.parentId)
  const came = span.parentId === undefined ? undefined : headers(span.parentId, parent?.parentId)
  const app = `${service} (application)`
  const sidecar = proxyOf(service)
  const isGateway = sidecar === service
  const hops: { from: string; to: string; headers: B3Hop['headers'] | undefined }[] = []
  if (!proxy) hops.push(span.kind === 'CLIENT' ? { from: app, to: sidecar, headers: own } : { from: sidecar, to: app, headers: came })
  else if (span.kind === 'SERVER') {
    const caller = parent?.localEndpoint?.serviceName
    hops.push({ from: caller && !isGateway ? proxyOf(caller) : 'client', to: sidecar, headers: came })
    if (!isGateway) hops.push({ from: sidecar, to: app, headers: own })
  } else {
    const remote = span.remoteEndpoint?.serviceName
    if (!isGateway) hops.push({ from: app, to: sidecar, headers: came })
    hops.push({ from: sidecar, to: remote ? proxyOf(remote) : 'destination', headers: own })
  }
  return hops.filter((hop): hop is B3Hop => hop.headers !== undefined)
}

const proxyOf = (service: string) => (service.includes('gateway') ? service : `${service}’s proxy`)
