/** Which listeners of a Gateway take a route, by one of its parentRefs; or why none does. */
import { narrower } from '../model/host.ts'
import type { GatewayApiGateway, GatewayApiObject } from '../manifests/kinds/gateway-api-gateway.ts'
import type { HttpRouteSpec, HttpRouteObject } from '../manifests/kinds/http-route.ts'
import type { Namespaces } from './namespaces.ts'

export type ParentRef = HttpRouteSpec['parentRefs'][number]
export type ListenerSpec = GatewayApiGateway['listeners'][number]

/** Why a parent does not take a route, by the reasons of the Gateway API. */
export interface Refusal {
  reason: 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname'
  message: string
}

export interface Attachment {
  route: HttpRouteObject
  parent: ParentRef
  gateway: GatewayApiObject | undefined
  /** The listeners that take it, each with the hosts that it has there. */
  taken: readonly { listener: ListenerSpec; hosts: readonly string[] }[]
  /** There when no listener takes it. */
  refusal?: Refusal
}

export const isGatewayParent = ({ kind = 'Gateway' }: ParentRef): boolean => kind === 'Gateway'

/** Of every route, each parentRef that names a Gateway. */
export const attachmentsOf = (
  routes: readonly HttpRouteObject[],
  gateways: readonly GatewayApiObject[],
  namespaces: Namespaces,
): Attachment[] => {
  const known = new Map(gateways.map((each) => [`${each.namespace}/${each.name}`, each]))
  return routes.flatMap((route) =>
    route.spec.parentRefs.filter(isGatewayParent).map((parent) => {
      const key = `${parent.namespace ?? route.namespace}/${parent.name}`
      return attach(route, parent, known.get(key), key, namespaces)
    }),
  )
}

const attach = (
  route: HttpRouteObject,
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
  const allowing = named.filter(({ allowedRoutes }) => allows(allowedRoutes, gateway.namespace, route.namespace, namespaces))
  if (allowing.length === 0)
    return refused('NotAllowedByListeners', `no listener of Gateway ${key} that it names takes HTTPRoutes of namespace ${route.namespace}`)
  const taken = allowing.map((listener) => ({ listener, hosts: hostsAt(route, listener) })).filter(({ hosts }) => hosts.length > 0)
  if (taken.length > 0) return { route, parent, gateway, taken }
  const hosts = allowing.map(({ name, hostname = '*' }) => `${name} has ${hostname}`)
  return refused(
    'NoMatchingListenerHostname',
    `none of its hostnames (${(route.spec.hostnames ?? []).join(', ')}) is one of a listener of Gateway ${key}: ${hosts.join(', ')}`,
  )
}

const hostsAt = ({ spec: { hostnames } }: HttpRouteObject, { hostname = '*' }: ListenerSpec): string[] => {
  const own = hostnames?.length ? hostnames.map((host) => host.toLowerCase()) : ['*']
  return [...new Set(own.flatMap((each) => narrower(each, hostname.toLowerCase()) ?? []))]
}

const allows = (allowed: ListenerSpec['allowedRoutes'], own: string, namespace: string, namespaces: Namespaces): boolean => {
  if (allowed?.kinds?.length && !allowed.kinds.some(({ kind }) => kind === 'HTTPRoute')) return false
  const { from = 'Same', selector } = allowed?.namespaces ?? {}
  if (from === 'Selector') return selector !== undefined && namespaces.selects(selector, namespace)
  return from === 'All' || (from === 'Same' && namespace === own)
}
