/** Who calls whom, from the spans of a trace, by the rules of Zipkin's own dependency linker. */
import type { ZipkinSpan } from '../tracing/span.ts'

export interface Link {
  parent: string
  child: string
  callCount: number
  errorCount?: number
}

interface Node {
  span: ZipkinSpan
  parent: Node | undefined
  children: Node[]
}

/** Links of all `traces`, added up. */
export function dependencies(traces: Iterable<readonly ZipkinSpan[]>): Link[] {
  const links = new Map<string, Link>()
  const add = (parent: string, child: string, failed: boolean) => {
    const key = JSON.stringify([parent, child])
    const link = links.get(key) ?? { parent, child, callCount: 0 }
    link.callCount++
    if (failed) link.errorCount = (link.errorCount ?? 0) + 1
    links.set(key, link)
  }
  for (const trace of traces) for (const node of treeOf(trace)) linkOf(node, add)
  return [...links.values()]
}

function linkOf(node: Node, add: (parent: string, child: string, failed: boolean) => void) {
  const { span } = node
  const service = span.localEndpoint?.serviceName
  const remote = span.remoteEndpoint?.serviceName
  // Half of a call whose other half is below: that one is counted.
  if (span.kind === 'CLIENT' && node.children.length > 0) return
  const kind = span.kind ?? (service && remote ? 'CLIENT' : undefined)
  if (!kind) return
  const served = kind === 'SERVER' || kind === 'CONSUMER'
  let parent = served ? remote : service
  const child = served ? service : remote
  if (served && !node.parent && parent === undefined) return
  let failed = span.tags?.['error'] !== undefined
  if (kind === 'PRODUCER' || kind === 'CONSUMER') {
    if (parent && child) add(parent, child, failed)
    return
  }
  const ancestor = rpcAncestor(node)
  const above = ancestor?.span.localEndpoint?.serviceName
  if (ancestor && above) {
    // Something between the two was not reported.
    if (kind === 'CLIENT' && service && above !== service) add(above, service, false)
    if (kind === 'SERVER' || parent === undefined) parent = above
    if (ancestor.span.kind === 'CLIENT' && ancestor.span.tags?.['error'] !== undefined) failed = true
  }
  if (parent && child) add(parent, child, failed)
}

/** The nearest span above that is one side of a call. */
function rpcAncestor(node: Node): Node | undefined {
  let { parent } = node
  while (parent && parent.span.kind === undefined) parent = parent.parent
  return parent
}

/** Nodes of one trace, joined by parent ids; a shared span's server half hangs below its client half. */
function treeOf(trace: readonly ZipkinSpan[]): Node[] {
  const nodes = trace.map((span): Node => ({ span, parent: undefined, children: [] }))
  const clients = new Map<string, Node>()
  const servers = new Map<string, Node>()
  for (const node of nodes) {
    const { id, shared } = node.span
    if (shared) servers.set(id, node)
    else if (!clients.has(id)) clients.set(id, node)
  }
  for (const node of nodes) {
    const { id, parentId, shared } = node.span
    const above = shared && clients.get(id) !== node ? clients.get(id) : undefined
    const parent = above ?? (parentId === undefined ? undefined : (servers.get(parentId) ?? clients.get(parentId)))
    if (!parent || parent === node || isBelow(parent, node)) continue
    node.parent = parent
    parent.children.push(node)
  }
  return nodes
}

/** Whether `node` stands below `other`: ids that go round in a circle must not hang us up. */
function isBelow(node: Node, other: Node): boolean {
  for (let above: Node | undefined = node; above; above = above.parent) if (above === other) return true
  return false
}
