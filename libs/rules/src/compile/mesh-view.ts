/** The mesh as the proxy of a caller sees it: which rule holds for a host and a port. */
import type { VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import type { SidecarObject } from '../manifests/kinds/sidecar.ts'
import type { RouteRuleObject } from '../manifests/kinds/route-rule.ts'
import type { HttpRouteObject } from '../manifests/kinds/http-route.ts'
import type { Certificates } from './certificates.ts'
import { Clusters } from './clusters.ts'
import type { DestinationRules } from './destination-rules.ts'
import { fullHost, mostSpecific } from '../model/host.ts'
import { byPrecedence, httpRouteRoutes, type RankedRoute } from './http-route-routes.ts'
import { whereIs } from '../model/manifest.ts'
import { everythingGranted } from './grants.ts'
import { exportedTo, type Host, type Registry } from './registry.ts'
import { RouteIndex } from './route-index.ts'
import { routeRuleHost, routeRuleRoutes } from './route-rule-routes.ts'
import type { Route } from '../model/route.ts'
import { imports } from './sidecar-scope.ts'
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

interface Sources {
  virtualServices: readonly VirtualServiceObject[]
  httpRoutes: readonly HttpRouteObject[]
  routeRules: readonly RouteRuleObject[]
  registry: Registry
}

/** All rules of the mesh, the oldest first: of two for one host, the older one holds. */
export const meshRules = (sources: Sources): MeshRule[] =>
  [...sources.virtualServices.flatMap(fromVirtualService), ...fromHttpRoutes(sources.httpRoutes), ...fromRouteRules(sources)].toSorted(
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
const fromHttpRoutes = (objects: readonly HttpRouteObject[]): MeshRule[] => {
  const groups = new Map<
    string,
    { host: string; namespace: string; serviceNamespace: string; ranked: RankedRoute[]; first: HttpRouteObject }
  >()
  for (const object of objects) {
    for (const parent of object.spec.parentRefs) {
      if (parent.kind !== 'Service') continue
      const serviceNamespace = parent.namespace ?? object.namespace
      const host = `${parent.name}.${serviceNamespace}.svc.cluster.local`
      const key = `${object.namespace}|${host}`
      const group = groups.get(key) ?? { host, namespace: object.namespace, serviceNamespace, ranked: [], first: object }
      groups.set(key, group)
      for (const each of httpRouteRoutes(object, everythingGranted))
        group.ranked.push(parent.port === undefined ? each : { ...each, route: { ...each.route, port: parent.port } })
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

interface Options {
  namespace: string
  sidecar: SidecarObject | undefined
  rules: readonly MeshRule[]
  registry: Registry
  policies: DestinationRules
  certificates: Certificates
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

  constructor(options: Options) {
    const { namespace, sidecar, rules, registry, policies, certificates, outbound } = options
    this.#options = options
    this.outbound = outbound
    this.clusters = new Clusters(registry, policies, namespace, certificates)
    for (const rule of rules) {
      if (!exportedTo(rule.exportTo, rule.namespace, namespace)) continue
      for (const host of rule.hosts)
        if (!this.#rules.has(host) && imports(sidecar, rule.namespace, host, namespace)) this.#rules.set(host, rule)
    }
  }

  /** Undefined when neither a service nor a rule has the host on that port. */
  find(host: string, port: number): Known | undefined {
    const { registry, namespace, sidecar } = this.#options
    const names = namesOf(host, namespace)
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
