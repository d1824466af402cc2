/** What compiling an HTTPRoute and a GRPCRoute have in common. */
import { duration } from '../model/duration.ts'
import { headerOperations, noChanges, type HeaderOperations } from '../model/header-changes.ts'
import type { GrpcRouteObject } from '../manifests/kinds/grpc-route.ts'
import type { HttpRouteObject } from '../manifests/kinds/http-route.ts'
import type { TcpRouteObject } from '../manifests/kinds/tcp-route.ts'
import type { TlsRouteObject } from '../manifests/kinds/tls-route.ts'
import type { HeaderModifier, Mirror, SessionPersistence } from '../manifests/kinds/gateway-api-parts.ts'
import type { Grants } from './grants.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { Route, RouteDestination, Session } from '../model/route.ts'
import type { StringMatch } from '../model/string-match.ts'

/** A route for requests that Gateways and Services take. */
export type GatewayRoute = HttpRouteObject | GrpcRouteObject

/** The same for connections. */
export type ConnectionRoute = TcpRouteObject | TlsRouteObject

export const isOfConnections = (route: GatewayRoute | ConnectionRoute): route is ConnectionRoute =>
  route.kind === 'TCPRoute' || route.kind === 'TLSRoute'

/** What the rules of both kinds have. */
interface CommonRule {
  backendRefs?: readonly { name: string; namespace?: string; port: number; weight?: number }[]
  filters?: readonly { requestMirror?: Mirror; requestRedirect?: object }[]
}
export const rulesOf = ({ spec }: GatewayRoute | ConnectionRoute): readonly CommonRule[] => spec.rules ?? [{}]

export const routeKind = ({ kind }: GatewayRoute | ConnectionRoute): 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute' | 'TLSRoute' =>
  kind === 'GRPCRoute' || kind === 'TCPRoute' || kind === 'TLSRoute' ? kind : 'HTTPRoute'

/** A route with what decides its place among others. */
export interface RankedRoute {
  route: Route
  object: GatewayRoute
  /** Greater goes first, compared number by number: of an HTTPRoute the kind and length of the path, method, headers and query parameters; of a GRPCRoute the lengths of service and method, and headers. */
  rank: readonly number[]
}

/** By rank; then the older object, and its name. */
export const byPrecedence = (a: RankedRoute, b: RankedRoute): number => {
  for (const [index, rank] of a.rank.entries()) if (rank !== b.rank[index]) return b.rank[index]! - rank
  return byAge(a.object, b.object)
}

/** The older one first; of one age, by name. */
export const byAge = (a: GatewayRoute | ConnectionRoute, b: GatewayRoute | ConnectionRoute): number => {
  if (a.created !== b.created) return a.created - b.created
  const [left, right] = [a, b].map(({ namespace, name }) => `${namespace}/${name}`)
  return left! < right! ? -1 : left! > right! ? 1 : 0
}

interface ValueMatch {
  name: string
  value: string
  type?: string
}

/** Of entries with one name, the first one counts. */
export const firstOfName = (matches: readonly ValueMatch[] | undefined, caseless: boolean): Record<string, StringMatch> => {
  const result = new Map<string, StringMatch>()
  for (const { name, value, type } of matches ?? []) {
    const key = caseless ? name.toLowerCase() : name
    if (!result.has(key)) result.set(key, type === 'RegularExpression' ? { regex: value } : { exact: value })
  }
  return Object.fromEntries(result)
}

export const modifier = ({ set, add, remove }: HeaderModifier): HeaderOperations => {
  const table = (headers: HeaderModifier['set']) =>
    Object.fromEntries((headers ?? []).toReversed().map(({ name, value }) => [name.toLowerCase(), value]))
  return headerOperations({ set: table(set), add: table(add), remove: remove ?? [] })
}

export const destinationOf = (
  ref: { name: string; namespace?: string; port: number; weight?: number },
  object: GatewayRoute | ConnectionRoute,
  grants: Grants,
): RouteDestination => {
  const namespace = ref.namespace ?? object.namespace
  const granted = grants.allow({
    from: { kind: routeKind(object), namespace: object.namespace },
    to: { kind: 'Service', namespace, name: ref.name },
  })
  return {
    weight: ref.weight ?? 1,
    host: `${ref.name}.${namespace}.svc.cluster.local`,
    port: ref.port,
    requestHeaders: noChanges,
    responseHeaders: noChanges,
    ...(!granted && {
      refused: {
        kind: 'reference-not-granted',
        namespace,
        from: { kind: object.kind, namespace: object.namespace },
        service: ref.name,
      } as const,
    }),
  }
}

export const mirrorsOf = (mirrors: readonly Mirror[], object: GatewayRoute, grants: Grants) =>
  mirrors.map(({ backendRef, percent, fraction }) => ({
    destination: destinationOf(backendRef, object, grants),
    percent: fraction ? (100 * fraction.numerator) / (fraction.denominator ?? 100) : (percent ?? 100),
  }))

export const sessionOf = (given: SessionPersistence, object: GatewayRoute, index: number, match: PathMatch): Session => {
  const permanent = given.cookieConfig?.lifetimeType === 'Permanent' && given.absoluteTimeout !== undefined
  return {
    kind: given.type === 'Header' ? 'header' : 'cookie',
    name: given.sessionName ?? `session-${object.namespace}-${object.name}-${index}`,
    path: match.kind === 'regex' || match.value === '' ? '/' : match.value,
    ...(permanent && { ttlMs: duration(given.absoluteTimeout!) }),
  }
}
