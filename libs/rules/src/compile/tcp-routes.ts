/** Routes for connections, compiled: the `tcp` and `tls` of VirtualServices, TCPRoute and TLSRoute. */
import type { L4Match, TcpDestination, TlsMatch, VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import { inBlocks } from '../model/cidr.ts'
import { hasLabels } from '../model/conditions.ts'
import type { Caller } from '../model/decision.ts'
import type { Clause } from '../model/fact.ts'
import { noChanges } from '../model/header-changes.ts'
import { fullHost } from '../model/host.ts'
import { whereIs } from '../model/manifest.ts'
import type { RouteDestination } from '../model/route.ts'
import type { Grants } from './grants.ts'
import { destinationOf, type ConnectionRoute } from './route-parts.ts'
import { gatewayKey } from './virtual-service-routes.ts'

/** One way that connections can take. */
export interface TcpRoute {
  /** Where it stands: `virtual-service.yaml#1 VirtualService default/reviews spec.tcp[0].match[0]`. */
  rule: string
  /** What it asks for. */
  clauses: readonly Clause[]
  /** Names that TLS clients ask for, lower case, wildcards possible; absent for routes that do not read TLS. */
  sniHosts?: readonly string[]
  port?: number
  /** Gateways that it holds for, as `namespace/name` or `mesh`; absent: all that its rule is bound to. */
  gateways?: readonly string[]
  /** Whether it exists for a caller. */
  ofCaller?: (caller: Caller) => boolean
  /** Whether it takes connections to an IP address. */
  toAddress?: (address: string) => boolean
  destinations: readonly RouteDestination[]
}

/** In the order of the file, those of `tls` first. */
export const virtualServiceTcpRoutes = (object: VirtualServiceObject): TcpRoute[] => {
  const { tls = [], tcp = [] } = object.spec
  return [
    ...tls.flatMap(({ match, route }, index) =>
      match.map((each, number) => ({
        ...matched(each, object.namespace),
        sniHosts: each.sniHosts.map((host) => host.toLowerCase()),
        rule: `${whereIs(object)} spec.tls[${index}].match[${number}]`,
        clauses: [{ about: 'sni', names: each.sniHosts } as const, ...clausesOf(each)],
        destinations: destinationsOf(route, object.namespace),
      })),
    ),
    ...tcp.flatMap(({ match = [], route }, index) => {
      const rule = `${whereIs(object)} spec.tcp[${index}]`
      const destinations = destinationsOf(route, object.namespace)
      if (match.length === 0) return [{ rule, clauses: [], destinations }]
      return match.map((each, number) => ({
        ...matched(each, object.namespace),
        rule: `${rule}.match[${number}]`,
        clauses: clausesOf(each),
        destinations,
      }))
    }),
  ]
}

const matched = (match: L4Match | TlsMatch, namespace: string): Pick<TcpRoute, 'port' | 'gateways' | 'ofCaller' | 'toAddress'> => {
  const { port, gateways, destinationSubnets, sourceLabels, sourceNamespace } = match
  return {
    ...(port !== undefined && { port }),
    ...(gateways?.length && { gateways: gateways.map((name) => gatewayKey(name, namespace)) }),
    ...((sourceLabels ?? sourceNamespace) !== undefined && {
      ofCaller: (caller: Caller) =>
        hasLabels(sourceLabels ?? {}, caller.labels) && (!sourceNamespace || sourceNamespace === caller.namespace),
    }),
    ...(destinationSubnets?.length && { toAddress: inBlocks(destinationSubnets) }),
  }
}

const clausesOf = ({
  port,
  destinationSubnets: blocks,
  sourceLabels: labels,
  sourceNamespace: namespace,
}: L4Match | TlsMatch): Clause[] => [
  ...(port === undefined ? [] : [{ about: 'port', port } as const]),
  ...(blocks?.length ? [{ about: 'address', blocks } as const] : []),
  ...(labels ? [{ about: 'caller labels', labels } as const] : []),
  ...(namespace ? [{ about: 'caller namespace', namespace } as const] : []),
]

const destinationsOf = (routes: readonly TcpDestination[], namespace: string): RouteDestination[] =>
  routes.map(({ destination: { host, port, subset }, weight = 0 }) => ({
    weight,
    host: fullHost(host, namespace),
    ...(port && { port: port.number }),
    ...(subset && { subset }),
    requestHeaders: noChanges,
    responseHeaders: noChanges,
  }))

/** The routes of a TCPRoute or a TLSRoute; as in Istio, one whose hostnames are left out takes every name. */
export const gatewayApiTcpRoutes = (object: ConnectionRoute, grants: Grants): TcpRoute[] => {
  const { spec, kind } = object
  const names = 'hostnames' in spec && spec.hostnames?.length ? spec.hostnames.map((host) => host.toLowerCase()) : ['*']
  return spec.rules.map(({ backendRefs }, index) => ({
    rule: `${whereIs(object)} spec.rules[${index}]`,
    clauses: kind === 'TLSRoute' ? [{ about: 'sni', names } as const] : [],
    ...(kind === 'TLSRoute' && { sniHosts: names }),
    destinations: backendRefs.map((ref) => destinationOf(ref, object, grants)),
  }))
}
