/** Spans as Zipkin's API gives them (v2), as far as checks read them. */
export interface Span {
  traceId: string
  id: string
  parentId?: string
  kind?: 'CLIENT' | 'SERVER'
  name?: string
  localEndpoint?: { serviceName?: string }
  remoteEndpoint?: { serviceName?: string }
  tags?: Record<string, string>
}

/** Spans whose parent is not in the trace, the root of the whole (parent `rootParent` or none) left out. */
export function orphans(spans: readonly Span[], rootParent?: string): Span[] {
  const known = new Set(spans.map(({ id }) => id))
  return spans.filter(({ parentId }) => parentId !== undefined && parentId !== rootParent && !known.has(parentId))
}

export const serviceOf = ({ localEndpoint }: Span): string => localEndpoint?.serviceName?.split('.', 1)[0] ?? ''

/** Services above a span, nearest first. */
export function ancestors(span: Span, spans: readonly Span[]): string[] {
  const services: string[] = []
  const seen = new Set<string>()
  for (let at: Span | undefined = span; at && !seen.has(at.id); at = spans.find(({ id }) => id === at?.parentId)) {
    seen.add(at.id)
    if (at !== span) services.push(serviceOf(at))
  }
  return services
}

/** Whether each service of a page with ratings has reported a SERVER span. */
export function hasEveryServer(spans: readonly Span[]): boolean {
  const servers = new Set(spans.filter(({ kind }) => kind === 'SERVER').map(serviceOf))
  return ['productpage', 'details', 'reviews', 'ratings'].every((name) => servers.has(name))
}
