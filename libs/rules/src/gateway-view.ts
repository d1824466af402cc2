/** What is bound to gateways: for a host that comes in, the routes that its gateway has. */
import type { Certificates } from './certificates.ts'
import { Clusters } from './clusters.ts'
import type { Caller, RuleRequest } from './decision.ts'
import { hasLabels } from './conditions.ts'
import type { DestinationRules } from './destination-rule.ts'
import { fullHost, mostSpecific, narrower } from './host.ts'
import { byPrecedence, httpRouteRoutes, type HttpRouteObject, type RankedRoute } from './http-route.ts'
import type { GatewayApiGateway } from './kinds/gateway-api.ts'
import type { Gateway } from './kinds/mesh.ts'
import type { Notice, StoredObject } from './manifest.ts'
import { whereIs } from './manifest.ts'
import type { Grants } from './reference-grant.ts'
import { exportedTo, type Registry } from './registry.ts'
import { RouteIndex } from './route-index.ts'
import { isCatchAll, type Route } from './route.ts'
import type { Listener } from './ruleset.ts'
import { listenerTls, tlsServerOf, type TlsServer } from './tls-server.ts'
import { gatewayKey, virtualServiceRoutes, type VirtualServiceObject } from './virtual-service.ts'

export interface GatewayObject extends StoredObject {
  spec: Gateway
}
export interface GatewayApiObject extends StoredObject {
  spec: GatewayApiGateway
}

interface Sources {
  certificates: Certificates
  /** Where the gateway itself is, and the Secrets of Istio's Gateways. */
  rootNamespace: string
  gateways: readonly GatewayObject[]
  gatewayApiGateways: readonly GatewayApiObject[]
  virtualServices: readonly VirtualServiceObject[]
  httpRoutes: readonly HttpRouteObject[]
  grants: Grants
  registry: Registry
  policies: DestinationRules
}

/** Hosts of a gateway. `httpsOnly` ones answer plain requests with a redirect. */
export interface Domain {
  routes: RouteIndex
  httpsOnly: boolean
}

/** One listener, or several that share their hosts. */
export interface Front {
  selector: Readonly<Record<string, string>>
  port: number
  domains: ReadonlyMap<string, Domain>
  tls?: TlsServer
}

/** Listeners of one port among which the most specific one takes a host, and the others are not asked. */
interface Group {
  scheme: 'http' | 'https'
  selector: Readonly<Record<string, string>>
  port: number
  /** By the host of a request; with TLS, by the name that the client asked for. */
  hosts: ReadonlyMap<string, Front>
}

interface IstioServer {
  gateway: GatewayObject
  server: Gateway['servers'][number]
  index: number
  selector: Readonly<Record<string, string>>
}

export class GatewayView {
  readonly warnings: Notice[] = []
  readonly listeners: Listener[] = []
  readonly #groups: Group[] = []
  readonly #clusters = new Map<DestinationRules, Map<string, Clusters>>()
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
    this.#addIstioGateways()
    for (const gateway of sources.gatewayApiGateways) this.#addGatewayApi(gateway)
  }

  clusters(caller: Caller): Clusters {
    const { registry, policies, certificates } = this.#sources
    const own = policies.for(caller)
    const known = this.#clusters.get(own)?.get(caller.namespace) ?? new Clusters(registry, own, caller.namespace, certificates)
    this.#clusters.set(own, (this.#clusters.get(own) ?? new Map<string, Clusters>()).set(caller.namespace, known))
    return known
  }

  /** The domains that have the host, on one port or (0) on any. */
  find(host: string, { port, scheme, sni = '*' }: Pick<RuleRequest, 'port' | 'scheme' | 'sni'>, caller: Caller): Domain[] {
    const found: Domain[] = []
    for (const group of this.#groups) {
      if (group.scheme !== scheme || (port !== 0 && group.port !== port) || !hasLabels(group.selector, caller.labels)) continue
      const front = mostSpecific(group.hosts, scheme === 'https' ? sni : host)
      const domain = front && mostSpecific(front.domains, host)
      if (domain) found.push(domain)
    }
    return found
  }

  /** Whether a gateway with these labels has to listen for TLS. */
  speaksTls({ labels }: Pick<Caller, 'labels'>): boolean {
    return this.#groups.some(({ scheme, selector }) => scheme === 'https' && hasLabels(selector, labels))
  }

  /** Who answers a client that begins TLS and asks for the name `sni`, on whatever port. */
  tlsFor(sni: string | undefined, { labels }: Pick<Caller, 'labels'>): TlsServer | undefined {
    const servers = new Map<string, TlsServer>()
    for (const { scheme, selector, hosts } of this.#groups) {
      if (scheme !== 'https' || !hasLabels(selector, labels)) continue
      for (const [host, { tls }] of hosts) if (tls && !servers.has(host)) servers.set(host, tls)
    }
    return mostSpecific(servers, sni ?? '*')
  }

  // All plain servers of Istio's gateways on one port of one workload are one table of hosts; with TLS each server is one.
  #addIstioGateways(): void {
    const servers = this.#sources.gateways.flatMap((gateway) =>
      gateway.spec.servers.map((server, index) => ({ gateway, server, index, selector: gateway.spec.selector ?? {} })),
    )
    for (const { gateway, server } of servers) {
      const protocol = server.port.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP'
      this.listeners.push({
        gateway: `Gateway ${gateway.namespace}/${gateway.name}`,
        port: server.port.number,
        protocol,
        hosts: server.hosts.map(withoutNamespace),
      })
    }
    const groups = Map.groupBy(
      servers,
      ({ server, selector }) => `${server.port.protocol === 'HTTPS'} ${server.port.number} ${selectorKey(selector)}`,
    )
    for (const group of groups.values()) {
      const { server, selector } = group[0]!
      const port = server.port.number
      const hosts =
        server.port.protocol === 'HTTPS' ? this.#tlsFronts(group) : new Map([['*', { selector, port, domains: this.#domainsOf(group) }]])
      this.#groups.push({ scheme: server.port.protocol === 'HTTPS' ? 'https' : 'http', selector, port, hosts })
    }
  }

  /** Servers by the names that clients ask for. As in Istio, one that has a host of an older one on its port has no effect. */
  #tlsFronts(servers: readonly IstioServer[]): Map<string, Front> {
    const { certificates, rootNamespace } = this.#sources
    const fronts = new Map<string, Front>()
    for (const each of servers) {
      const { gateway, server, index, selector } = each
      const where = `${whereIs(gateway)} spec.servers[${index}]`
      const names = server.hosts.map((host) => withoutNamespace(host).toLowerCase())
      const taken = names.find((name) => fronts.has(name))
      if (taken !== undefined) {
        this.warnings.push({ where, message: `has no effect: an older server on port ${server.port.number} has the host ${taken}` })
        continue
      }
      const { server: tls, problems } = tlsServerOf(server.tls ?? {}, certificates, rootNamespace)
      for (const problem of problems) this.warnings.push({ where: `${where}.tls`, message: `${problem}: handshakes fail` })
      const front = { selector, port: server.port.number, domains: this.#domainsOf([each]), tls }
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
      [...domains].map(([host, { routes, httpsOnly }]) => [host, { routes: new RouteIndex(catchAllsLast(routes)), httpsOnly }]),
    )
  }

  #addGatewayApi(gateway: GatewayApiObject): void {
    for (const { port, protocol, hostname = '*' } of gateway.spec.listeners)
      this.listeners.push({ gateway: `Gateway ${gateway.namespace}/${gateway.name}`, port, protocol, hosts: [hostname] })
    for (const listeners of Map.groupBy(gateway.spec.listeners, ({ port, protocol }) => `${port} ${protocol}`).values()) {
      const { port, protocol } = listeners[0]!
      const hosts = new Map<string, Front>()
      for (const listener of listeners) {
        const hostname = (listener.hostname ?? '*').toLowerCase()
        if (hosts.has(hostname)) {
          this.warnings.push({
            where: `${whereIs(gateway)} spec.listeners`,
            message: `${listener.name} has the port and hostname of a listener before it: it has no effect`,
          })
          continue
        }
        const front = { selector: {}, port, domains: this.#attached(gateway, listener, hostname) }
        hosts.set(hostname, protocol === 'HTTPS' ? { ...front, tls: this.#listenerTls(gateway, listener) } : front)
      }
      this.#groups.push({ scheme: protocol === 'HTTPS' ? 'https' : 'http', selector: {}, port, hosts })
    }
  }

  #listenerTls(gateway: GatewayApiObject, { name, tls }: GatewayApiGateway['listeners'][number]): TlsServer {
    const pairs = (tls?.certificateRefs ?? []).flatMap(({ name: secret, namespace = gateway.namespace }) => {
      const allowed = this.#sources.grants.allow({
        from: { kind: 'Gateway', namespace: gateway.namespace },
        to: { kind: 'Secret', namespace, name: secret },
      })
      const pair = allowed
        ? this.#sources.certificates.pair(namespace, secret)
        : `no ReferenceGrant in ${namespace} lets Gateways of ${gateway.namespace} refer to Secret ${secret}`
      if (typeof pair !== 'string') return [pair]
      this.warnings.push({ where: `${whereIs(gateway)} spec.listeners`, message: `${pair}: handshakes of ${name} fail` })
      return []
    })
    return listenerTls(pairs)
  }

  #attached(gateway: GatewayApiObject, listener: GatewayApiGateway['listeners'][number], hostname: string): Map<string, Domain> {
    const domains = new Map<string, RankedRoute[]>()
    for (const object of this.#sources.httpRoutes) {
      const attached = object.spec.parentRefs.some(
        (parent) =>
          (parent.kind ?? 'Gateway') === 'Gateway' &&
          parent.name === gateway.name &&
          (parent.namespace ?? object.namespace) === gateway.namespace &&
          (parent.sectionName === undefined || parent.sectionName === listener.name) &&
          (parent.port === undefined || parent.port === listener.port),
      )
      if (!attached || !allows(listener.allowedRoutes, gateway.namespace, object.namespace)) continue
      const hosts = object.spec.hostnames?.length ? object.spec.hostnames.map((host) => host.toLowerCase()) : ['*']
      const ranked = httpRouteRoutes(object, this.#sources.grants)
      for (const host of new Set(hosts.flatMap((each) => narrower(each, hostname) ?? [])))
        domains.set(host, [...(domains.get(host) ?? []), ...ranked])
    }
    return new Map(
      [...domains].map(([host, ranked]) => [
        host,
        { routes: new RouteIndex(ranked.toSorted(byPrecedence).map(({ route }) => route)), httpsOnly: false },
      ]),
    )
  }
}

/** `bookinfo.example` of `namespace/bookinfo.example` */
const withoutNamespace = (host: string): string => host.slice(host.indexOf('/') + 1)

const allows = (allowed: GatewayApiGateway['listeners'][number]['allowedRoutes'], own: string, namespace: string): boolean => {
  if (allowed?.kinds?.length && !allowed.kinds.some(({ kind }) => kind === 'HTTPRoute')) return false
  const { from = 'Same', selector } = allowed?.namespaces ?? {}
  if (from === 'Selector')
    return selector !== undefined && hasLabels(selector.matchLabels ?? {}, { 'kubernetes.io/metadata.name': namespace })
  return from === 'All' || (from === 'Same' && namespace === own)
}

/** Where a VirtualService's hosts and a server's (`namespace/host`) meet. */
const boundHosts = (object: VirtualServiceObject, serverHosts: readonly string[], gatewayNamespace: string): Set<string> => {
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
