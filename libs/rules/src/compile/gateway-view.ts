/** What is bound to gateways: for a host that comes in, the routes that its gateway has. */
import type { VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import type { ParentRef } from '../manifests/kinds/gateway-api-parts.ts'
import type { GatewayApiObject } from '../manifests/kinds/gateway-api-gateway.ts'
import { Clusters, type ClusterSources } from './clusters.ts'
import type { Caller, Listener, RuleRequest } from '../model/decision.ts'
import { hasLabels } from '../model/conditions.ts'
import type { DestinationRules } from './destination-rules.ts'
import { attachmentsOf, type Attachment, type ListenerSpec } from './gateway-attachment.ts'
import { fullHost, mostSpecific, narrower, specificity } from '../model/host.ts'
import { rankedRoutes } from './gateway-api-routes.ts'
import { byPrecedence, isOfConnections, rulesOf, type ConnectionRoute, type GatewayRoute, type RankedRoute } from './route-parts.ts'
import type { Gateway, GatewayObject } from '../manifests/kinds/gateway.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import type { Namespaces } from './namespaces.ts'
import type { Grants } from './grants.ts'
import { exportedTo } from './registry.ts'
import { RouteIndex } from './route-index.ts'
import { isCatchAll, type Route } from '../model/route.ts'
import type { Connection } from '../model/connection.ts'
import { gatewayApiTcpRoutes, virtualServiceTcpRoutes, type TcpRoute } from './tcp-routes.ts'
import { listenerTls, tlsServerOf, type TlsServer } from './tls-server.ts'
import { gatewayKey, virtualServiceRoutes } from './virtual-service-routes.ts'

interface Sources extends ClusterSources {
  /** Where the gateway itself is, and the Secrets of Istio's Gateways. */
  rootNamespace: string
  gateways: readonly GatewayObject[]
  gatewayApiGateways: readonly GatewayApiObject[]
  virtualServices: readonly VirtualServiceObject[]
  gatewayRoutes: readonly GatewayRoute[]
  tcpRoutes: readonly ConnectionRoute[]
  grants: Grants
  namespaces: Namespaces
}

/** Hosts of a gateway. `httpsOnly` ones answer plain requests with a redirect. */
export interface Domain {
  host: string
  routes: RouteIndex
  /** Places among other Gateways' routes for the same host; those of VirtualServices have none. */
  ranks?: ReadonlyMap<Route, RankedRoute>
  /** The Gateway of the Gateway API that it belongs to. */
  gateway?: Pick<GatewayApiObject, 'namespace' | 'name'>
  httpsOnly: boolean
}

/** One listener, or several that share their hosts. */
export interface Front {
  domains: ReadonlyMap<string, Domain>
  /** Without it, a TLS connection is passed on as it is. */
  tls?: TlsServer
  /** Where connections go whose bytes are not HTTP to the gateway. */
  connections?: readonly TcpRoute[]
}

/** Listeners of one port among which the most specific one takes a host, and the others are not asked. */
interface Group extends Place {
  selector: Readonly<Record<string, string>>
  /** By the host of a request; with TLS, by the name that the client asked for. */
  hosts: ReadonlyMap<string, Front>
}

/** Where listeners are reached. */
export interface Place {
  /** `https` for everything that begins with TLS. */
  scheme: 'http' | 'https' | 'tcp'
  port: number
  /** Whether the front door of its scheme serves the port; otherwise it needs its own port. */
  front: boolean
}

/** A listener of the Gateway API, and what keeps it from working. */
export interface ListenerState extends Place {
  listener: ListenerSpec
  /** Another listener of its Gateway that it conflicts with. */
  conflict?: string
  /** A certificate that cannot be had. */
  unresolved?: { reason: 'InvalidCertificateRef' | 'RefNotPermitted'; message: string }
  tls?: TlsServer
}

interface IstioServer {
  gateway: GatewayObject
  server: Gateway['servers'][number]
  index: number
  selector: Readonly<Record<string, string>>
}

const schemes: Readonly<Record<string, Place['scheme']>> = {
  HTTPS: 'https',
  TLS: 'https',
  TCP: 'tcp',
  MONGO: 'tcp',
  MYSQL: 'tcp',
  REDIS: 'tcp',
}
/** Of a protocol that listeners have. */
export const schemeOf = (protocol: string): Place['scheme'] => schemes[protocol] ?? 'http'

/** Whether a listener leads bytes on instead of requests. */
const isOfBytes = ({ port: { protocol }, tls }: Gateway['servers'][number]): boolean =>
  schemeOf(protocol) === 'tcp' || protocol === 'TLS' || tls?.mode === 'PASSTHROUGH'

/**
 * A front door stands for one port of each Gateway, the usual one where it has that: every Gateway has its own address on a
 * cluster, and all of them share the mesh's. `usual` are ports that lead to the same listener there.
 */
const placeOf = (scheme: Place['scheme'], port: number, all: readonly Omit<Place, 'front'>[], usual: readonly number[]): Place => {
  if (scheme === 'tcp') return { scheme, port, front: false }
  const ports = all.filter((each) => each.scheme === scheme).map((each) => each.port)
  const main = ports.filter((each) => usual.includes(each))
  return { scheme, port, front: main.length > 0 ? main.includes(port) : port === Math.min(...ports) }
}
// An ingress gateway's Service has 80 and 443 for 8080 and 8443 of its pods: a Gateway may name either.
const istioPorts = { http: [80, 8080], https: [443, 8443], tcp: [] }
const gatewayApiPorts = { http: [80], https: [443], tcp: [] }

export class GatewayView {
  readonly warnings: Notice[] = []
  readonly listeners: Listener[] = []
  /** Of routes to Gateways of the Gateway API. */
  readonly #attachments: ReadonlyMap<ParentRef, Attachment>
  /** By `namespace/name` of a Gateway of the Gateway API. */
  readonly listenerStates = new Map<string, readonly ListenerState[]>()
  readonly #groups: Group[] = []
  readonly #clusters = new Map<DestinationRules, Map<string, Clusters>>()
  readonly #sources: Sources
  readonly #ranked = new Map<GatewayRoute, readonly RankedRoute[]>()

  constructor(sources: Sources) {
    this.#sources = sources
    const attachments = attachmentsOf([...sources.gatewayRoutes, ...sources.tcpRoutes], sources.gatewayApiGateways, sources.namespaces)
    this.#attachments = new Map(attachments.map((each) => [each.parent, each]))
    this.#addIstioGateways()
    for (const gateway of sources.gatewayApiGateways) this.#addGatewayApi(gateway)
  }

  clusters(caller: Caller): Clusters {
    const own = this.#sources.policies.for(caller)
    const known = this.#clusters.get(own)?.get(caller.namespace) ?? new Clusters({ ...this.#sources, policies: own }, caller.namespace)
    this.#clusters.set(own, (this.#clusters.get(own) ?? new Map<string, Clusters>()).set(caller.namespace, known))
    return known
  }

  /** The domains that have the host, the most specific first: those of one port, or (0) of the front door. */
  find(host: string, { port, scheme, sni = '*' }: Pick<RuleRequest, 'port' | 'scheme' | 'sni'>, caller: Caller): Domain[] {
    const found: Domain[] = []
    for (const group of this.#groups) {
      if (group.scheme !== scheme || !isAt(group, port) || !hasLabels(group.selector, caller.labels)) continue
      const front = mostSpecific(group.hosts, scheme === 'https' ? sni : host)
      const domain = front && mostSpecific(front.domains, host)
      if (domain) found.push(domain)
    }
    return found.length > 1 ? found.toSorted((a, b) => specificity(b.host) - specificity(a.host)) : found
  }

  /** Where a gateway with these labels has to listen: the front door of TLS, and doors for single ports. */
  doors({ labels }: Pick<Caller, 'labels'>): Place[] {
    const doors = this.#groups.filter(({ selector, scheme, front }) => hasLabels(selector, labels) && (scheme !== 'http' || !front))
    return [...new Map(doors.map(({ scheme, port, front }) => [`${scheme} ${front ? 0 : port}`, { scheme, port, front }])).values()]
  }

  /** What takes a TLS client with the name `sni`, at one port or (0) the front door. */
  frontFor(sni: string | undefined, caller: Pick<Caller, 'labels'>, port = 0): Front | undefined {
    return mostSpecific(this.#fronts('https', port, caller), sni ?? '*')
  }

  /** The server that speaks TLS with it, where the gateway ends TLS. */
  tlsFor(...asked: Parameters<GatewayView['frontFor']>): TlsServer | undefined {
    return this.frontFor(...asked)?.tls
  }

  /** The routes of a connection whose bytes are not HTTP to the gateway; the first one holds. */
  connectionRoutes({ port, tls }: Connection, caller: Pick<Caller, 'labels'>): readonly TcpRoute[] {
    const front = tls ? this.frontFor(tls.sni, caller, port) : this.#fronts('tcp', port, caller).get('*')
    return front?.connections ?? []
  }

  #fronts(scheme: Place['scheme'], port: number, { labels }: Pick<Caller, 'labels'>): Map<string, Front> {
    const fronts = new Map<string, Front>()
    for (const group of this.#groups) {
      if (group.scheme !== scheme || !isAt(group, port) || !hasLabels(group.selector, labels)) continue
      for (const [host, front] of group.hosts) if ((front.tls ?? front.connections) && !fronts.has(host)) fronts.set(host, front)
    }
    return fronts
  }

  // All plain servers of Istio's gateways on one port of one workload are one table of hosts; with TLS each server is one.
  #addIstioGateways(): void {
    const servers = this.#sources.gateways.flatMap((gateway) =>
      gateway.spec.servers.map((server, index) => ({ gateway, server, index, selector: gateway.spec.selector ?? {} })),
    )
    for (const { gateway, server, index } of servers) {
      const scheme = schemeOf(server.port.protocol)
      const protocol = scheme === 'tcp' ? 'TCP' : scheme === 'http' ? 'HTTP' : isOfBytes(server) ? 'TLS' : 'HTTPS'
      this.listeners.push({
        gateway: `Gateway ${gateway.namespace}/${gateway.name}`,
        port: server.port.number,
        protocol,
        hosts: server.hosts.map(withoutNamespace),
        front: istioPlace(gateway, server).front,
        where: `${whereIs(gateway)} spec.servers[${index}]`,
      })
    }
    const groups = Map.groupBy(servers, ({ gateway, server, selector }) => {
      const { scheme, port, front } = istioPlace(gateway, server)
      return `${scheme} ${port} ${front} ${selectorKey(selector)}`
    })
    for (const group of groups.values()) {
      const { gateway, server, selector } = group[0]!
      const place = istioPlace(gateway, server)
      this.#groups.push({ ...place, selector, hosts: this.#istioFronts(place.scheme, group) })
    }
  }

  #istioFronts(scheme: Place['scheme'], group: readonly IstioServer[]): Map<string, Front> {
    if (scheme === 'https') return this.#tlsFronts(group)
    if (scheme === 'http') return new Map([['*', { domains: this.#domainsOf(group) }]])
    return new Map([['*', { domains: new Map(), connections: group.flatMap((each) => this.#boundConnections(each, false)) }]])
  }

  /** Routes for connections that VirtualServices have at a server. */
  #boundConnections({ gateway, server }: IstioServer, readsSni: boolean): TcpRoute[] {
    const key = `${gateway.namespace}/${gateway.name}`
    return this.#sources.virtualServices.flatMap((object) => {
      const bound = (object.spec.gateways ?? []).some((name) => gatewayKey(name, object.namespace) === key)
      if (!bound || !exportedTo(object.spec.exportTo, object.namespace, gateway.namespace)) return []
      if (boundHosts(object, server.hosts, gateway.namespace).size === 0) return []
      return virtualServiceTcpRoutes(object).filter(
        ({ sniHosts, port, gateways }) =>
          (sniHosts !== undefined) === readsSni &&
          (port ?? server.port.number) === server.port.number &&
          (!gateways || gateways.includes(key)),
      )
    })
  }

  /** Servers, or routes, by the names that clients ask for. As in Istio, one that has a name of an older one on its port has no effect at all. */
  #tlsFronts(servers: readonly IstioServer[]): Map<string, Front> {
    const { certificates, rootNamespace } = this.#sources
    const fronts = new Map<string, Front>()
    for (const each of servers) {
      const { gateway, server, index } = each
      const where = `${whereIs(gateway)} spec.servers[${index}]`
      if (server.tls?.mode === 'PASSTHROUGH') {
        for (const route of this.#boundConnections(each, true)) {
          const { sniHosts = [], rule } = route
          const taken = sniHosts.find((name) => fronts.has(name))
          if (taken === undefined) for (const name of sniHosts) fronts.set(name, { domains: new Map(), connections: [route] })
          else this.warnings.push({ where: rule, message: `has no effect at ${where}: an older route has SNI ${taken}` })
        }
        continue
      }
      const names = server.hosts.map((host) => withoutNamespace(host).toLowerCase())
      const taken = names.find((name) => fronts.has(name))
      if (taken !== undefined) {
        this.warnings.push({ where, message: `has no effect: an older server on port ${server.port.number} has the host ${taken}` })
        continue
      }
      const { server: tls, problems } = tlsServerOf(server.tls ?? {}, certificates, rootNamespace)
      for (const problem of problems) this.warnings.push({ where: `${where}.tls`, message: `${problem}: handshakes fail` })
      const front = isOfBytes(server)
        ? { domains: new Map<string, Domain>(), tls, connections: this.#boundConnections(each, false) }
        : { domains: this.#domainsOf([each]), tls }
      for (const name of names) fronts.set(name, front)
    }
    return fronts
  }

  #domainsOf(servers: readonly IstioServer[]): Map<string, Domain> {
    const port = servers[0]!.server.port.number
    const domains = new Map<string, { routes: Route[]; httpsOnly: boolean; taken: Set<string> }>()
    const domainOf = (host: string) => {
      const known = domains.get(host) ?? { routes: [], httpsOnly: false, taken: new Set<string>() }
      domains.set(host, known)
      return known
    }
    for (const each of servers)
      if (each.server.tls?.httpsRedirect)
        for (const host of each.server.hosts) domainOf(withoutNamespace(host).toLowerCase()).httpsOnly = true
    for (const object of this.#sources.virtualServices) {
      const bound = new Set((object.spec.gateways ?? []).map((name) => gatewayKey(name, object.namespace)))
      for (const each of servers) {
        const key = `${each.gateway.namespace}/${each.gateway.name}`
        if (!bound.has(key) || !exportedTo(object.spec.exportTo, object.namespace, each.gateway.namespace)) continue
        const routes = virtualServiceRoutes(object).filter(
          (route) => (route.port === undefined || route.port === port) && (!route.gateways || route.gateways.includes(key)),
        )
        for (const host of boundHosts(object, each.server.hosts, each.gateway.namespace)) {
          const domain = domainOf(host)
          if (each.server.tls?.httpsRedirect) domain.httpsOnly = true
          if (!domain.taken.has(whereIs(object))) domain.routes.push(...routes)
          domain.taken.add(whereIs(object))
        }
      }
    }
    return new Map(
      [...domains].map(([host, { routes, httpsOnly }]) => [host, { host, routes: new RouteIndex(catchAllsLast(routes)), httpsOnly }]),
    )
  }

  #addGatewayApi(gateway: GatewayApiObject): void {
    const { namespace, name, spec } = gateway
    const states = spec.listeners.map((listener) => this.#stateOf(gateway, listener))
    this.listenerStates.set(`${namespace}/${name}`, states)
    for (const [index, { listener, front }] of states.entries()) {
      const { port, protocol, hostname = '*' } = listener
      const where = `${whereIs(gateway)} spec.listeners[${index}]`
      this.listeners.push({ gateway: `Gateway ${namespace}/${name}`, port, protocol, hosts: [hostname], front, where })
    }
    const working = states.filter(({ conflict }) => conflict === undefined)
    for (const group of Map.groupBy(working, ({ port, scheme }) => `${port} ${scheme}`).values()) {
      const { scheme, port, front } = group[0]!
      const hosts = group.flatMap(({ listener, tls }): [string, Front][] => {
        if (listener.protocol === 'TLS' && !tls)
          return this.#attachedConnections(gateway, listener).map(({ host, route }) => [host, { domains: new Map(), connections: [route] }])
        const host = (listener.hostname ?? '*').toLowerCase()
        if (listener.protocol !== 'TLS' && listener.protocol !== 'TCP')
          return [[host, { domains: this.#attached(gateway, listener), ...(tls && { tls }) }]]
        const attached = this.#attachedConnections(gateway, listener)
        const routed = attached.map(({ host: each, route }): [string, Front] => [
          each,
          { domains: new Map(), connections: [route], ...(tls && { tls }) },
        ])
        return routed.length > 0 || !tls ? routed : [[host, { domains: new Map(), connections: [], tls }]]
      })
      this.#groups.push({ scheme, port, front, selector: {}, hosts: new Map(hosts.toReversed()) })
    }
  }

  #stateOf(gateway: GatewayApiObject, listener: ListenerSpec): ListenerState {
    const all = gateway.spec.listeners.map(({ protocol, port }) => ({ scheme: schemeOf(protocol), port }))
    const scheme = schemeOf(listener.protocol)
    const place = placeOf(scheme, listener.port, all, gatewayApiPorts[scheme])
    const other = gateway.spec.listeners.find(({ port, protocol }) => port === listener.port && schemeOf(protocol) !== scheme)
    const conflict = other && {
      conflict: `port ${listener.port} has listeners of ${[listener.protocol, other.protocol].toSorted().join(' and of ')} (${other.name})`,
    }
    if (scheme !== 'https' || listener.tls?.mode === 'Passthrough') return { ...place, listener, ...conflict }
    return { ...place, listener, ...conflict, ...this.#listenerTls(gateway, listener) }
  }

  #listenerTls(gateway: GatewayApiObject, { tls }: ListenerSpec): Pick<ListenerState, 'tls' | 'unresolved'> {
    let unresolved: ListenerState['unresolved']
    const pairs = (tls?.certificateRefs ?? []).flatMap(({ name: secret, namespace = gateway.namespace }) => {
      const allowed = this.#sources.grants.allow({
        from: { kind: 'Gateway', namespace: gateway.namespace },
        to: { kind: 'Secret', namespace, name: secret },
      })
      if (!allowed) {
        const message = `no ReferenceGrant in ${namespace} lets Gateways of ${gateway.namespace} refer to Secret ${secret}`
        unresolved ??= { reason: 'RefNotPermitted', message }
        return []
      }
      const pair = this.#sources.certificates.pair(namespace, secret)
      if (typeof pair !== 'string') return [pair]
      unresolved ??= { reason: 'InvalidCertificateRef', message: pair }
      return []
    })
    return { tls: listenerTls(pairs), ...(unresolved && { unresolved }) }
  }

  #attached(gateway: GatewayApiObject, listener: ListenerSpec): Map<string, Domain> {
    const domains = new Map<string, Set<RankedRoute>>()
    for (const { route, gateway: parent, taken } of this.#attachments.values()) {
      if (parent !== gateway || isOfConnections(route)) continue
      for (const host of taken.find((each) => each.listener === listener)?.hosts ?? []) {
        const ranked = domains.get(host) ?? new Set()
        domains.set(host, ranked)
        for (const each of this.routesOf(route)) ranked.add(each)
      }
    }
    return new Map(
      [...domains].map(([host, unsorted]) => {
        const ranked = [...unsorted].toSorted(byPrecedence)
        const ranks = new Map(ranked.map((each) => [each.route, each]))
        return [host, { host, routes: new RouteIndex(ranked.map(({ route }) => route)), ranks, gateway, httpsOnly: false }]
      }),
    )
  }

  /** By the names that clients ask for, of a listener for TCP `*`; the older route first. */
  #attachedConnections(gateway: GatewayApiObject, listener: ListenerSpec): { host: string; route: TcpRoute }[] {
    return [...this.#attachments.values()].flatMap(({ route, gateway: parent, taken }) => {
      if (parent !== gateway || !isOfConnections(route)) return []
      // A connection has nothing by which one of several rules could be chosen: the first one has them all.
      const [first] = gatewayApiTcpRoutes(route, this.#sources.grants)
      const hosts = taken.find((each) => each.listener === listener)?.hosts ?? []
      return first ? hosts.map((host) => ({ host, route: first })) : []
    })
  }

  /** What one of a route's parentRefs comes to. */
  attachment(parent: ParentRef): Attachment | undefined {
    return this.#attachments.get(parent)
  }

  /** Gateways whose routes lead to a Service, or to one port of it. */
  gatewaysTo(host: string, port: number | undefined): GatewayApiObject[] {
    const leading = [...this.#attachments.values()].filter(
      ({ route, taken }) =>
        taken.length > 0 &&
        rulesOf(route).some(({ backendRefs = [] }) =>
          backendRefs.some(
            (ref) =>
              `${ref.name}.${ref.namespace ?? route.namespace}.svc.cluster.local` === host && (port === undefined || ref.port === port),
          ),
        ),
    )
    return [...new Set(leading.flatMap(({ gateway }) => gateway ?? []))]
  }

  /** How many routes a listener has. */
  attachedRoutes(listener: ListenerSpec): number {
    const own = [...this.#attachments.values()].filter(({ taken }) => taken.some((each) => each.listener === listener))
    return new Set(own.map(({ route }) => route)).size
  }

  /** Routes of an object, as Gateways have them. */
  routesOf(route: GatewayRoute): readonly RankedRoute[] {
    const ranked = this.#ranked.get(route) ?? rankedRoutes(route, this.#sources.grants)
    this.#ranked.set(route, ranked)
    return ranked
  }
}

const isAt = ({ port, front }: Place, asked: number): boolean => (asked === 0 ? front : port === asked)

/** Where a server of an Istio Gateway is reached. */
export const istioPlace = ({ spec }: GatewayObject, server: Gateway['servers'][number]): Place => {
  const all = spec.servers.map(({ port }) => ({ scheme: schemeOf(port.protocol), port: port.number }))
  const scheme = schemeOf(server.port.protocol)
  return placeOf(scheme, server.port.number, all, istioPorts[scheme])
}

/** `bookinfo.example` of `namespace/bookinfo.example` */
const withoutNamespace = (host: string): string => host.slice(host.indexOf('/') + 1)

/** Where a VirtualService's hosts and a server's (`namespace/host`) meet. */
export const boundHosts = (object: VirtualServiceObject, serverHosts: readonly string[], gatewayNamespace: string): Set<string> => {
  const own = object.spec.hosts.map((host) => fullHost(host, object.namespace))
  return new Set(
    serverHosts.flatMap((entry) => {
      const slash = entry.indexOf('/')
      const from = slash === -1 ? '*' : entry.slice(0, slash)
      if (from !== '*' && (from === '.' ? gatewayNamespace : from) !== object.namespace) return []
      return own.flatMap((host) => narrower(host, entry.slice(slash + 1).toLowerCase()) ?? [])
    }),
  )
}

const catchAllsLast = (routes: readonly Route[]): Route[] => [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)]

const selectorKey = (selector: Readonly<Record<string, string>>): string =>
  Object.keys(selector)
    .toSorted()
    .map((name) => `${name}=${selector[name]}`)
    .join(',')
