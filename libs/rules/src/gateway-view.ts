/** What is bound to gateways: for a host that comes in, the routes that its gateway has. */
import { Clusters } from './clusters.ts'
import type { Caller } from './decision.ts'
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
import { gatewayKey, virtualServiceRoutes, type VirtualServiceObject } from './virtual-service.ts'

export interface GatewayObject extends StoredObject {
  spec: Gateway
}
export interface GatewayApiObject extends StoredObject {
  spec: GatewayApiGateway
}

interface Sources {
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
}

export class GatewayView {
  readonly warnings: Notice[] = []
  readonly listeners: Listener[] = []
  /** Groups in which the most specific listener takes a host, and the others are not asked. */
  readonly #groups: { selector: Readonly<Record<string, string>>; port: number; hosts: ReadonlyMap<string, Front> }[] = []
  readonly #clusters = new Map<string, Clusters>()
  readonly #sources: Sources

  constructor(sources: Sources) {
    this.#sources = sources
    this.#addIstioGateways()
    for (const gateway of sources.gatewayApiGateways) this.#addGatewayApi(gateway)
  }

  clusters(namespace: string): Clusters {
    const known = this.#clusters.get(namespace) ?? new Clusters(this.#sources.registry, this.#sources.policies, namespace)
    this.#clusters.set(namespace, known)
    return known
  }

  /** The domains that have the host, on one port or (0) on any. */
  find(host: string, port: number, caller: Caller): Domain[] {
    const found: Domain[] = []
    for (const group of this.#groups) {
      if ((port !== 0 && group.port !== port) || !hasLabels(group.selector, caller.labels)) continue
      const front = mostSpecific(group.hosts, host)
      const domain = front && mostSpecific(front.domains, host)
      if (domain) found.push(domain)
    }
    return found
  }

  // All servers of Istio's gateways on one port of one workload are one table of hosts.
  #addIstioGateways(): void {
    const { gateways, virtualServices } = this.#sources
    const servers = gateways.flatMap((gateway) =>
      gateway.spec.servers.map((server) => ({ gateway, server, selector: gateway.spec.selector ?? {} })),
    )
    for (const { gateway, server } of servers) {
      const hosts = server.hosts.map((host) => host.slice(host.indexOf('/') + 1))
      this.listeners.push({ gateway: `Gateway ${gateway.namespace}/${gateway.name}`, port: server.port.number, protocol: 'HTTP', hosts })
    }
    for (const group of Map.groupBy(servers, ({ server, selector }) => `${server.port.number} ${selectorKey(selector)}`).values()) {
      const { server, selector } = group[0]!
      const port = server.port.number
      const domains = new Map<string, { routes: Route[]; httpsOnly: boolean; taken: Set<string> }>()
      const domainOf = (host: string) => {
        const known = domains.get(host) ?? { routes: [], httpsOnly: false, taken: new Set<string>() }
        domains.set(host, known)
        return known
      }
      for (const each of group)
        if (each.server.tls?.httpsRedirect)
          for (const host of each.server.hosts) domainOf(host.slice(host.indexOf('/') + 1).toLowerCase()).httpsOnly = true
      for (const object of virtualServices) {
        const bound = new Set((object.spec.gateways ?? []).map((name) => gatewayKey(name, object.namespace)))
        for (const each of group) {
          const key = `${each.gateway.namespace}/${each.gateway.name}`
          if (!bound.has(key) || !exportedTo(object.spec.exportTo, object.namespace, each.gateway.namespace)) continue
          const routes = virtualServiceRoutes(object).filter(
            (route) => (route.port === undefined || route.port === port) && (!route.gateways || route.gateways.includes(key)),
          )
          for (const host of boundHosts(object, each.server.hosts, each.gateway.namespace)) {
            const domain = domainOf(host)
            if (!domain.taken.has(whereIs(object))) domain.routes.push(...routes)
            domain.taken.add(whereIs(object))
          }
        }
      }
      const ready = new Map(
        [...domains].map(([host, { routes, httpsOnly }]) => [host, { routes: new RouteIndex(catchAllsLast(routes)), httpsOnly }]),
      )
      this.#groups.push({ selector, port, hosts: new Map([['*', { selector, port, domains: ready }]]) })
    }
  }

  #addGatewayApi(gateway: GatewayApiObject): void {
    for (const { port, hostname = '*' } of gateway.spec.listeners)
      this.listeners.push({ gateway: `Gateway ${gateway.namespace}/${gateway.name}`, port, protocol: 'HTTP', hosts: [hostname] })
    for (const listeners of Map.groupBy(gateway.spec.listeners, ({ port }) => port).values()) {
      const { port } = listeners[0]!
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
        hosts.set(hostname, { selector: {}, port, domains: this.#attached(gateway, listener, hostname) })
      }
      this.#groups.push({ selector: {}, port, hosts })
    }
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
