/** Which listeners of a Gateway take a route, by one of its parentRefs; or why none does. */
import { narrower } from '../model/host.ts'
import type { GatewayApiGateway, GatewayApiObject } from '../manifests/kinds/gateway-api-gateway.ts'
import type { ParentRef } from '../manifests/kinds/gateway-api-parts.ts'
import type { Namespaces } from './namespaces.ts'
import { byAge, routeKind, type ConnectionRoute, type GatewayRoute } from './route-parts.ts'

type AnyRoute = GatewayRoute | ConnectionRoute

export type ListenerSpec = GatewayApiGateway['listeners'][number]

/** Why a parent does not take a route, by the reasons of the Gateway API. */
export interface Refusal {
  reason: 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname' | 'Conflicted'
  message: string
}

export interface Attachment {
  route: AnyRoute
  parent: ParentRef
  gateway: GatewayApiObject | undefined
  /** The listeners that take it, each with the hosts that it has there. */
  taken: readonly { listener: ListenerSpec; hosts: readonly string[] }[]
  /** There when no listener takes it. */
  refusal?: Refusal
}

export const isGatewayParent = ({ kind = 'Gateway' }: ParentRef): boolean => kind === 'Gateway'

/** Of every route, each parentRef that names a Gateway. */
export const attachmentsOf = (routes: readonly AnyRoute[], gateways: readonly GatewayApiObject[], namespaces: Namespaces): Attachment[] => {
  const known = new Map(gateways.map((each) => [`${each.namespace}/${each.name}`, each]))
  const attachments = routes.flatMap((route) =>
    route.spec.parentRefs.filter(isGatewayParent).map((parent) => {
      const key = `${parent.namespace ?? route.namespace}/${parent.name}`
      return attach(route, parent, known.get(key), key, namespaces)
    }),
  )
  return withoutConflicts(attachments)
}

/** Of an HTTPRoute and a GRPCRoute that share hosts at a listener, the older one is taken. */
const withoutConflicts = (attachments: readonly Attachment[]): Attachment[] => {
  const listeners = new Map<ListenerSpec, { route: AnyRoute; hosts: readonly string[] }[]>()
  const judged = new Map<Attachment, Attachment>()
  for (const attachment of attachments.toSorted((a, b) => byAge(a.route, b.route))) {
    const { route, taken } = attachment
    let other: AnyRoute | undefined
    const left = taken.filter(({ listener, hosts }) => {
      const before = listeners.get(listener) ?? []
      const conflict = before.find(
        (each) => each.route.kind !== route.kind && each.hosts.some((host) => hosts.some((own) => narrower(own, host))),
      )
      other ??= conflict?.route
      if (!conflict) listeners.set(listener, [...before, { route, hosts }])
      return !conflict
    })
    judged.set(attachment, other ? { ...attachment, taken: left, ...(left.length === 0 && { refusal: conflictWith(other) }) } : attachment)
  }
  return attachments.map((each) => judged.get(each)!)
}

const conflictWith = ({ kind, namespace, name }: AnyRoute): Refusal => ({
  reason: 'Conflicted',
  message: `${kind} ${namespace}/${name} is older and has the same hosts there, and a listener has only one kind of route for a host`,
})

const attach = (
  route: AnyRoute,
  parent: ParentRef,
  gateway: GatewayApiObject | undefined,
  key: string,
  namespaces: Namespaces,
): Attachment => {
  const refused = (reason: Refusal['reason'], message: string): Attachment => ({
    route,
    parent,
    gateway,
    taken: [],
    refusal: { reason, message },
  })
  if (!gateway) return refused('NoMatchingParent', `Gateway ${key} does not exist`)
  const { sectionName, port } = parent
  const named = gateway.spec.listeners.filter(
    (listener) => (sectionName === undefined || sectionName === listener.name) && (port === undefined || port === listener.port),
  )
  if (named.length === 0) {
    const wanted = [sectionName !== undefined && `named ${sectionName}`, port !== undefined && `on port ${port}`].filter(Boolean)
    return refused('NoMatchingParent', `Gateway ${key} has no listener ${wanted.join(' ')}`)
  }
  const allowing = named.filter((listener) => allows(listener, gateway.namespace, route, namespaces))
  if (allowing.length === 0)
    return refused(
      'NotAllowedByListeners',
      `no listener of Gateway ${key} that it names takes ${route.kind}s of namespace ${route.namespace}`,
    )
  const taken = allowing.map((listener) => ({ listener, hosts: hostsAt(route, listener) })).filter(({ hosts }) => hosts.length > 0)
  if (taken.length > 0) return { route, parent, gateway, taken }
  const hosts = allowing.map(({ name, hostname = '*' }) => `${name} has ${hostname}`)
  return refused(
    'NoMatchingListenerHostname',
    `none of its hostnames (${hostnamesOf(route).join(', ')}) is one of a listener of Gateway ${key}: ${hosts.join(', ')}`,
  )
}

const hostnamesOf = ({ spec }: AnyRoute): readonly string[] => ('hostnames' in spec ? (spec.hostnames ?? []) : [])

const hostsAt = (route: AnyRoute, { hostname = '*' }: ListenerSpec): string[] => {
  const hostnames = hostnamesOf(route)
  const own = hostnames.length > 0 ? hostnames.map((host) => host.toLowerCase()) : ['*']
  return [...new Set(own.flatMap((each) => narrower(each, hostname.toLowerCase()) ?? []))]
}

/** Kinds of routes that listeners of a protocol can have. */
export const kindsOf = ({ protocol, tls }: Pick<ListenerSpec, 'protocol' | 'tls'>): readonly string[] => {
  if (protocol === 'TCP') return ['TCPRoute']
  if (protocol === 'TLS') return tls?.mode === 'Passthrough' ? ['TLSRoute'] : ['TLSRoute', 'TCPRoute']
  return ['HTTPRoute', 'GRPCRoute']
}

const allows = (listener: ListenerSpec, own: string, route: AnyRoute, namespaces: Namespaces): boolean => {
  const { allowedRoutes: allowed } = listener
  const { namespace } = route
  const kind = routeKind(route)
  if (!kindsOf(listener).includes(kind)) return false
  if (allowed?.kinds?.length && !allowed.kinds.some((each) => each.kind === kind)) return false
  const { from = 'Same', selector } = allowed?.namespaces ?? {}
  if (from === 'Selector') return selector !== undefined && namespaces.selects(selector, namespace)
  return from === 'All' || (from === 'Same' && namespace === own)
}
