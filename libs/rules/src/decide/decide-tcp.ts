/** Where a connection goes whose bytes are not HTTP to the proxy: by its port, its SNI and its source; weights spread connections. */
import type { Known, MeshView } from '../compile/mesh-view.ts'
import type { RuleSet } from '../compile/ruleset.ts'
import type { TcpRoute } from '../compile/tcp-routes.ts'
import type { LoadBalancer } from '../manifests/kinds/destination-rule.ts'
import type { Connection, TcpDecision } from '../model/connection.ts'
import type { Balancer, Caller, Random } from '../model/decision.ts'
import type { Asked, Fact, Step } from '../model/fact.ts'
import { noChanges } from '../model/header-changes.ts'
import { fullHost } from '../model/host.ts'
import { trafficOf, type PortTraffic } from '../model/port-protocol.ts'
import { beginsTls } from './begins-tls.ts'
import { mostSpecificRoute, routesOf } from './tcp-route-choice.ts'
import { chooseDestination, chosenFact, usableDestinations } from './choose-destination.ts'

/** Same arguments (and the same numbers from `random`), same decision. The caller's proxy asks, once per connection. */
export const decideTcp = (rules: RuleSet, connection: Connection, caller: Caller, random: Random): TcpDecision =>
  caller.kind === 'gateway' ? atGateway(rules, connection, caller, random) : inMesh(rules, connection, caller, random)

/** How the bytes of a connection of a workload are treated. */
export const trafficTo = (rules: RuleSet, { host, port }: Pick<Connection, 'host' | 'port'>, caller: Caller): PortTraffic => {
  const service = rules.meshView(caller).find(host, port)?.service
  return service ? trafficOf(service.ports.find(({ number }) => number === port)?.protocol) : 'sniff'
}

/** Where a client without a sidecar gets to: to a pod of the Service at random, as a Kubernetes Service picks it, and by no caller's rules. */
export const plaintextTo = (rules: RuleSet, connection: Connection, caller: Caller): TcpDecision => {
  const { host, port } = connection
  const service = rules.registry.get(fullHost(host, caller.namespace)) ?? rules.registry.get(host)
  if (!service?.pods) return close('NR', { rule: 'no sidecar', fact: { kind: 'not-a-service', asked: askedOf(connection) } })
  return {
    kind: 'forward',
    flags: [],
    steps: [{ rule: 'no sidecar', fact: { kind: 'without-sidecar' } }],
    cluster: {
      name: `inbound|${port}||${service.host}`,
      host: service.host,
      port,
      endpoints: service.endpoints(port),
      pool: { connectTimeoutMs: 10_000 },
    },
    balancer: { kind: 'RANDOM' },
  }
}

const atGateway = (rules: RuleSet, connection: Connection, caller: Caller, random: Random): TcpDecision => {
  const [route] = rules.gateways.connectionRoutes(connection, caller)
  if (route) return forward(route, rules.gateways.clusters(caller), connection, caller, random)
  return close('NR', { rule: 'default', fact: { kind: 'connection-unrouted', asked: askedOf(connection) } })
}

const inMesh = (rules: RuleSet, connection: Connection, caller: Caller, random: Random): TcpDecision => {
  const view = rules.meshView(caller)
  const known = serviceOf(view, connection)
  if (!known) return passed(view, connection)
  const { service, protocol } = known
  const routes = routesOf(view.tcpRoutes(service.host), connection, caller)
  const route = trafficOf(protocol) === 'tls' ? bySni(routes, connection) : byAddress(routes, connection)
  if (route === 'none') return passedBy(known, view, connection)
  return forward(route ?? defaultRoute(known.fullHost), view.clusters, connection, caller, random)
}

type KnownService = Known & { service: NonNullable<Known['service']>; protocol: string | undefined }

/** The service that a connection is for: that of the host or address that was dialled; of hosts outside without an address, that of the SNI. */
const serviceOf = (view: MeshView, { host, port, tls }: Connection): KnownService | undefined => {
  const known = asKnown(view.find(host, port), port)
  if (tls && (!known || needsSni(known))) {
    const named = tls.sni === undefined ? undefined : asKnown(view.find(tls.sni, port), port)
    if (named && needsSni(named)) return named
    // A rule for the host may have other names in its routes.
    return known && view.tcpRoutes(known.service.host).some(({ sniHosts }) => sniHosts) ? known : undefined
  }
  return known
}

const asKnown = (known: Known | undefined, port: number): KnownService | undefined =>
  known?.service && { ...known, service: known.service, protocol: known.service.ports.find(({ number }) => number === port)?.protocol }

/** Every service outside that has no address shares one listener for its port: only the SNI tells them apart. */
const needsSni = ({ service, protocol }: KnownService): boolean =>
  trafficOf(protocol) === 'tls' && service.pods === undefined && service.addresses.length === 0

/** The route with the most specific name that covers the SNI; undefined where no route reads it, `none` where none has the name. */
const bySni = (routes: readonly TcpRoute[], { host, tls }: Connection): TcpRoute | 'none' | undefined => {
  const reading = routes.filter(({ sniHosts }) => sniHosts)
  if (reading.length === 0) return undefined
  return (
    mostSpecificRoute(
      reading.filter(({ toAddress }) => toAddress?.(host) ?? true),
      tls?.sni,
    ) ?? 'none'
  )
}

/** The first route that takes every address ends the list; one for the address that was dialled goes before it. */
const byAddress = (routes: readonly TcpRoute[], { host }: Connection): TcpRoute | undefined => {
  const reading = routes.filter(({ sniHosts }) => !sniHosts)
  const last = reading.findIndex(({ toAddress }) => !toAddress)
  const considered = last === -1 ? reading : reading.slice(0, last)
  return considered.find(({ toAddress }) => toAddress?.(host)) ?? reading[last]
}

const defaultRoute = (host: string): TcpRoute => ({
  rule: 'default',
  clauses: [],
  destinations: [{ weight: 1, host, requestHeaders: noChanges, responseHeaders: noChanges }],
})

/** As Envoy's PassthroughCluster: to the address that was dialled, if that is allowed. */
const passed = ({ outbound }: MeshView, connection: Connection, service?: string): TcpDecision => {
  const { host, port } = connection
  const asked = askedOf(connection)
  const fact: Fact =
    service === undefined
      ? { kind: 'undeclared', asked, passed: outbound === 'ALLOW_ANY' }
      : { kind: 'connection-unrouted', asked, service, passed: outbound === 'ALLOW_ANY' }
  if (outbound === 'REGISTRY_ONLY') return close('UH', { rule: 'outboundTrafficPolicy REGISTRY_ONLY', fact })
  return {
    kind: 'forward',
    flags: [],
    steps: [{ rule: 'outboundTrafficPolicy ALLOW_ANY', fact }],
    cluster: {
      name: 'PassthroughCluster',
      host,
      port,
      endpoints: [],
      external: { scheme: 'http', host, port },
      pool: { connectTimeoutMs: 10_000 },
    },
    balancer: { kind: 'ROUND_ROBIN' },
  }
}

/** Of a service whose rules have no route for the SNI: behind the address of a Service one of its pods answers, which gets plaintext. */
const passedBy = ({ service }: KnownService, view: MeshView, connection: Connection): TcpDecision => {
  const decision = passed(view, connection, service.host)
  if (decision.kind === 'close' || !service.pods) return decision
  const { external: _, ...cluster } = decision.cluster
  const endpoints = service.endpoints(connection.port)
  return { ...decision, cluster: { ...cluster, host: service.host, endpoints, tls: 'DISABLE' }, balancer: { kind: 'RANDOM' } }
}

const close = (flag: string, ...steps: Step[]): TcpDecision => ({ kind: 'close', flags: [flag], steps })

const forward = (
  route: TcpRoute,
  clusters: { get: MeshView['clusters']['get'] },
  { host, port }: Connection,
  caller: Caller,
  random: Random,
): TcpDecision => {
  const usable = usableDestinations(route.destinations)
  const destination = usable.length === 0 ? undefined : chooseDestination(usable, undefined, random)
  const steps: Step[] = [{ rule: route.rule, fact: why(route) }]
  if (!destination) return close('NC', ...steps, { rule: route.rule, fact: { kind: 'weights-zero' } })
  steps.push({ rule: route.rule, fact: chosenFact(destination, usable) })
  const target = destination.refused ?? clusters.get(destination, port, host, caller)
  if ('kind' in target) return close('NC', ...steps, { rule: route.rule, fact: target })
  const { cluster } = target
  steps.push(...beginsTls(cluster))
  const { tunnel } = cluster
  if (tunnel) steps.push({ rule: cluster.name, fact: { kind: 'tunnelled', host: tunnel.host, port: tunnel.port } })
  return { kind: 'forward', flags: [], steps, cluster, balancer: balancerOf(target.loadBalancer, caller) }
}

/** A connection has no headers: of the keys for hashing there is only the caller's address. */
const balancerOf = (settings: LoadBalancer | undefined, { remoteIp }: Caller): Balancer => {
  const { simple, consistentHash } = settings ?? {}
  if (consistentHash) return { kind: 'HASH', ...(consistentHash.useSourceIp && { key: remoteIp }) }
  return { kind: simple === 'ROUND_ROBIN' || simple === 'RANDOM' ? simple : 'LEAST_REQUEST' }
}

const why = ({ rule, clauses }: TcpRoute): Fact =>
  rule === 'default' ? { kind: 'service-itself' } : { kind: 'route-matched', clauses, of: 'connection' }

const askedOf = ({ host, port, tls }: Connection): Asked => ({ host, port, ...(tls && { tls: { sni: tls.sni } }) })
