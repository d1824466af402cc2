/** The mesh as the proxy of a caller sees it: which rule holds for a host and a port. */
import type { VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import type { SidecarObject } from '../manifests/kinds/sidecar.ts'
import type { RouteRuleObject } from '../manifests/kinds/route-rule.ts'
import { Clusters, type ClusterSources } from './clusters.ts'
import { fullHost, hostCovers, mostSpecific } from '../model/host.ts'
import { rankedRoutes } from './gateway-api-routes.ts'
import { byPrecedence, type ConnectionRoute, type GatewayRoute, type RankedRoute } from './route-parts.ts'
import { hostOfParent, type ServiceParents } from './service-parents.ts'
import { whereIs } from '../model/manifest.ts'
import { everythingGranted } from './grants.ts'
import { exportedTo, type Host, type Registry } from './registry.ts'
import { RouteIndex } from './route-index.ts'
import { routeRuleHost, routeRuleRoutes } from './route-rule-routes.ts'
import type { Route } from '../model/route.ts'
import { imports } from './sidecar-scope.ts'
import { gatewayApiTcpRoutes, virtualServiceTcpRoutes, type TcpRoute } from './tcp-routes.ts'
import { virtualServiceRoutes } from './virtual-service-routes.ts'

/** Routes for requests from workload to workload. */
export interface MeshRule {
  /** `reviews.yaml#1 VirtualService default/reviews` */
  rule: string
  created: number
  namespace: string
  /** Fully qualified, wildcards possible. */
  hosts: readonly string[]
  exportTo: readonly string[] | undefined
  routes: RouteIndex
}

/** Routes for connections from workloads to a host. */
export interface TcpMeshRule extends Omit<MeshRule, 'routes'> {
  routes: readonly TcpRoute[]
}

interface TcpSources {
  virtualServices: readonly VirtualServiceObject[]
  tcpRoutes: readonly ConnectionRoute[]
}

/** All rules of the mesh for connections, the oldest first: the first route that takes a connection holds. */
export const tcpMeshRules = ({ virtualServices, tcpRoutes }: TcpSources): TcpMeshRule[] =>
  [...virtualServices.flatMap(tcpOfVirtualService), ...tcpRoutes.flatMap(tcpOfService)].toSorted((a, b) => a.created - b.created)

const tcpOfVirtualService = (object: VirtualServiceObject): TcpMeshRule[] => {
  const { spec, namespace, created } = object
  if (spec.gateways?.length && !spec.gateways.includes('mesh')) return []
  const routes = virtualServiceTcpRoutes(object).filter(({ gateways }) => !gateways || gateways.includes('mesh'))
  if (routes.length === 0) return []
  return [
    {
      rule: whereIs(object),
      created,
      namespace,
      hosts: spec.hosts.map((host) => fullHost(host, namespace)),
      exportTo: spec.exportTo,
      routes,
    },
  ]
}

const tcpOfService = (object: ConnectionRoute): TcpMeshRule[] => {
  const { spec, namespace, created } = object
  return spec.parentRefs
    .filter(({ kind }) => kind === 'Service')
    .map(({ name, namespace: serviceNamespace = namespace, port }) => ({
      rule: whereIs(object),
      created,
      namespace,
      hosts: [`${name}.${serviceNamespace}.svc.cluster.local`],
      exportTo: namespace === serviceNamespace ? undefined : ['.'],
      routes: gatewayApiTcpRoutes(object, everythingGranted).map((route) => (port === undefined ? route : { ...route, port })),
    }))
}

interface Sources {
  virtualServices: readonly VirtualServiceObject[]
  gatewayRoutes: readonly GatewayRoute[]
  serviceParents: ServiceParents
  routeRules: readonly RouteRuleObject[]
  registry: Registry
}

/** All rules of the mesh, the oldest first: of two for one host, the older one holds. */
export const meshRules = (sources: Sources): MeshRule[] =>
  [...sources.virtualServices.flatMap(fromVirtualService), ...fromGatewayApi(sources), ...fromRouteRules(sources)].toSorted(
    (a, b) => a.created - b.created,
  )

const fromVirtualService = (object: VirtualServiceObject): MeshRule[] => {
  const { spec, namespace, created } = object
  if (spec.gateways?.length && !spec.gateways.includes('mesh')) return []
  const routes = virtualServiceRoutes(object).filter(({ gateways }) => !gateways || gateways.includes('mesh'))
  if (routes.length === 0) return []
  const hosts = spec.hosts.map((host) => fullHost(host, namespace))
  return [{ rule: whereIs(object), created, namespace, hosts, exportTo: spec.exportTo, routes: new RouteIndex(routes) }]
}

// Routes of the service's own namespace apply to all callers; those of another namespace apply only to callers there, and come first.
const fromGatewayApi = ({ gatewayRoutes, serviceParents }: Sources): MeshRule[] => {
  const groups = new Map<
    string,
    { host: string; namespace: string; serviceNamespace: string; ranked: RankedRoute[]; first: GatewayRoute }
  >()
  for (const object of gatewayRoutes) {
    for (const parent of object.spec.parentRefs) {
      if (parent.kind !== 'Service') continue
      const serviceNamespace = parent.namespace ?? object.namespace
      const host = hostOfParent(parent, object)
      const taken = serviceParents.taken(object, parent)
      if (taken === 'every' || (parent.port !== undefined && taken.has(parent.port))) continue
      const key = `${object.namespace}|${host}`
      const group = groups.get(key) ?? { host, namespace: object.namespace, serviceNamespace, ranked: [], first: object }
      groups.set(key, group)
      for (const each of rankedRoutes(object, everythingGranted))
        group.ranked.push({ ...each, route: atPorts(each.route, parent.port, taken) })
    }
  }
  return [...groups.values()]
    .toSorted((a, b) => Number(a.namespace === a.serviceNamespace) - Number(b.namespace === b.serviceNamespace))
    .map(({ host, namespace, serviceNamespace, ranked, first }) => ({
      rule: whereIs(first),
      created: first.created,
      namespace,
      hosts: [host],
      exportTo: namespace === serviceNamespace ? undefined : ['.'],
      routes: new RouteIndex(ranked.toSorted(byPrecedence).map(({ route }) => route)),
    }))
}

/** The route at the port that its parent names, or at all but those that routes of another kind have. */
const atPorts = (route: Route, port: number | undefined, taken: ReadonlySet<number>): Route => {
  if (port !== undefined) return { ...route, port }
  if (taken.size === 0) return route
  const clause = { about: 'other ports', ports: [...taken] } as const
  return { ...route, conditions: [...route.conditions, { clause, test: ({ request }) => !taken.has(request.port), ofCaller: true }] }
}

const fromRouteRules = ({ routeRules, registry }: Sources): MeshRule[] => {
  const byHost = Map.groupBy(routeRules, routeRuleHost)
  return [...byHost].map(([host, objects]) => ({
    rule: whereIs(objects[0]!),
    created: objects[0]!.created,
    namespace: objects[0]!.namespace,
    hosts: [host],
    exportTo: undefined,
    routes: new RouteIndex(routeRuleRoutes(objects, registry)),
  }))
}

interface Options extends ClusterSources {
  namespace: string
  sidecar: SidecarObject | undefined
  rules: readonly MeshRule[]
  tcpRules: readonly TcpMeshRule[]
  outbound: 'ALLOW_ANY' | 'REGISTRY_ONLY'
}

/** What is known of a host that was asked for: a service, a rule, or both. */
export interface Known {
  fullHost: string
  service: Host | undefined
  rule: MeshRule | undefined
}

export class MeshView {
  readonly clusters: Clusters
  readonly outbound: 'ALLOW_ANY' | 'REGISTRY_ONLY'
  readonly #options: Options
  readonly #rules = new Map<string, MeshRule>()
  readonly #tcpRoutes = new Map<string, readonly TcpRoute[]>()

  constructor(options: Options) {
    const { namespace, sidecar, rules, outbound } = options
    this.#options = options
    this.outbound = outbound
    this.clusters = new Clusters(options, namespace)
    for (const rule of rules) {
      if (!exportedTo(rule.exportTo, rule.namespace, namespace)) continue
      for (const host of rule.hosts)
        if (!this.#rules.has(host) && imports(sidecar, rule.namespace, host, namespace)) this.#rules.set(host, rule)
    }
  }

  /** Undefined when neither a service nor a rule has the host on that port. */
  find(host: string, port: number): Known | undefined {
    const { registry, namespace, sidecar } = this.#options
    const addressed = registry.at(host)
    const names = addressed ? [addressed.host] : namesOf(host, namespace)
    for (const name of names) {
      const service = registry.get(name)
      const visible =
        service &&
        exportedTo(service.exportTo, service.namespace, namespace) &&
        imports(sidecar, service.namespace, service.host, namespace)
      if (visible && service.ports.some(({ number }) => number === port))
        return { fullHost: name, service, rule: mostSpecific(this.#rules, name) }
    }
    // As in Istio, rules for undeclared hosts apply to port 80, and to the ports of the services that they name as well.
    for (const name of names) {
      const rule = mostSpecific(this.#rules, name)
      if (rule && (port === 80 || rule.hosts.some((each) => registry.get(each)?.ports.some(({ number }) => number === port))))
        return { fullHost: name, service: undefined, rule }
    }
    return undefined
  }

  /** Routes for connections to a service. */
  tcpRoutes(host: string): readonly TcpRoute[] {
    const { tcpRules, namespace, sidecar } = this.#options
    let routes = this.#tcpRoutes.get(host)
    if (!routes) {
      routes = tcpRules
        .filter(
          (rule) =>
            exportedTo(rule.exportTo, rule.namespace, namespace) &&
            rule.hosts.some((each) => hostCovers(each, host)) &&
            imports(sidecar, rule.namespace, host, namespace),
        )
        .flatMap((rule) => rule.routes)
      this.#tcpRoutes.set(host, routes)
    }
    return routes
  }
}

/** The full names that a host may mean: `reviews`, `reviews.default`, `reviews.default.svc` are short for the cluster's name. */
const namesOf = (host: string, namespace: string): string[] => {
  const dots = host.split('.').length - 1
  if (dots === 0) return [`${host}.${namespace}.svc.cluster.local`, host]
  if (dots === 1) return [`${host}.svc.cluster.local`, host]
  return dots === 2 && host.endsWith('.svc') ? [`${host}.cluster.local`] : [host]
}

/** Whether a route exists for a caller that asked for a port, whatever the request is. */
export const existsFor = (route: Route, port: number, caller: Parameters<Route['conditions'][number]['test']>[0]): boolean =>
  (route.port === undefined || route.port === port) && route.conditions.every((condition) => !condition.ofCaller || condition.test(caller))
