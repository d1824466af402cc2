/** Rules that are valid but never match: no workload sees them, another rule matches first, or no endpoint is left to choose. */
import type { HttpMatch, VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import type { SidecarObject } from '../manifests/kinds/sidecar.ts'
import type { ServiceEntryObject } from '../manifests/kinds/service-entry.ts'
import type { PeerAuthenticationObject } from '../manifests/kinds/peer-authentication.ts'
import type { GatewayObject } from '../manifests/kinds/gateway.ts'
import type { DestinationRuleObject } from '../manifests/kinds/destination-rule.ts'
import type { Inventory } from '../model/decision.ts'
import { covers } from './covers.ts'
import { isGatewayParent } from './gateway-attachment.ts'
import { boundHosts } from './gateway-view.ts'
import { fullHost } from '../model/host.ts'
import { whereIs, type Notice, type StoredObject } from '../model/manifest.ts'
import { exportedTo, type Registry } from './registry.ts'
import { routeKind, rulesOf, type ConnectionRoute, type GatewayRoute } from './route-parts.ts'
import { isCatchAll } from '../model/route.ts'
import { gatewayKey, virtualServiceRoutes } from './virtual-service-routes.ts'

export interface Unmet {
  workloads: Inventory['workloads']
  services: Inventory['services']
  rootNamespace: string
  registry: Registry
  istioGateways: readonly GatewayObject[]
  virtualServices: readonly VirtualServiceObject[]
  destinationRules: readonly DestinationRuleObject[]
  serviceEntries: readonly ServiceEntryObject[]
  gatewayRoutes: readonly GatewayRoute[]
  tcpRoutes: readonly ConnectionRoute[]
  sidecars: readonly SidecarObject[]
  peers: readonly PeerAuthenticationObject[]
}

export const withoutEffect = (sources: Unmet): Notice[] => [
  ...sources.virtualServices.flatMap((object) => [
    ...notExported(object, sources),
    ...hostsWithoutService(object, sources),
    ...notAtGateway(object, sources),
    ...neverReached(object),
  ]),
  ...sources.destinationRules.flatMap((object) => [...notExported(object, sources), ...outOfSight(object, sources)]),
  ...sources.gatewayRoutes.flatMap((object) => [...withoutCallers(object, sources), ...withoutBackends(object)]),
  ...sources.tcpRoutes.flatMap((object) => [...withoutCallers(object, sources), ...secondRules(object)]),
  ...sources.serviceEntries.flatMap((object) => notExported(object, sources)),
  ...twiceDeclared(sources),
  ...twice(sources.peers, ({ spec }) => spec.selector?.matchLabels ?? {}),
  ...twice(sources.sidecars, ({ spec }) => spec.workloadSelector?.labels ?? {}),
]

const notExported = (
  object: StoredObject & { spec: { exportTo?: readonly string[]; gateways?: readonly string[] } },
  { workloads }: Unmet,
): Notice[] => {
  const { exportTo, gateways } = object.spec
  if (!exportTo?.length || gateways?.length || workloads.some(({ namespace }) => exportedTo(exportTo, object.namespace, namespace)))
    return []
  return [
    {
      where: `${whereIs(object)} spec.exportTo`,
      message: 'there is no workload in the namespaces that it is exported to: it has no effect',
    },
  ]
}

const hostsWithoutService = (object: VirtualServiceObject, { registry }: Unmet): Notice[] => {
  if (object.spec.gateways?.length) return []
  const unknown = object.spec.hosts
    .map((host) => fullHost(host, object.namespace))
    .filter((host) => registry.coveredBy(host).length === 0 && !registry.get(host))
  return unknown.map((host) => ({
    where: `${whereIs(object)} spec.hosts`,
    message: `host ${host} is unknown: the rule applies only to requests to its port 80`,
  }))
}

/** A VirtualService whose hosts are not those of the gateway, or that may not be bound there. */
const notAtGateway = (object: VirtualServiceObject, { istioGateways }: Unmet): Notice[] =>
  (object.spec.gateways ?? []).flatMap((name) => {
    const key = gatewayKey(name, object.namespace)
    const gateway = istioGateways.find((each) => `${each.namespace}/${each.name}` === key)
    if (!gateway) return []
    const where = `${whereIs(object)} spec.gateways`
    if (!exportedTo(object.spec.exportTo, object.namespace, gateway.namespace))
      return [{ where, message: `it is not exported to namespace ${gateway.namespace}: it has no effect at gateway ${key}` }]
    const hosts = gateway.spec.servers.flatMap((server) => server.hosts)
    if (boundHosts(object, hosts, gateway.namespace).size > 0) return []
    return [{ where, message: `gateway ${key} has none of its hosts (it has ${hosts.join(', ')}): it has no effect there` }]
  })

const neverReached = (object: VirtualServiceObject): Notice[] => {
  const { gateways, http = [] } = object.spec
  const atGateway = gateways?.some((name) => name !== 'mesh') ?? false
  const before: { index: number; match: HttpMatch; takesAll: boolean }[] = []
  const notices: Notice[] = []
  const routes = [...virtualServiceRoutes(object)]
  for (const [index, { match: written = [] }] of http.entries()) {
    const matches = (written.length > 0 ? written : [{}]).map((match) => {
      const route = routes.shift()!
      return { index, match, takesAll: isCatchAll(route) && route.port === undefined }
    })
    // Gateways put rules for every request last.
    const owners = matches.map(({ match, takesAll }) =>
      before.find((earlier) => (!atGateway || !earlier.takesAll || takesAll) && covers(earlier.match, match)),
    )
    const where = `${whereIs(object)} spec.http[${index}]`
    if (owners.every((owner) => owner !== undefined))
      notices.push({ where, message: `is never reached: ${ownerWords(owners[0]!, matches[0]!.match)}` })
    else
      for (const [number, owner] of owners.entries())
        if (owner)
          notices.push({ where: `${where}.match[${number}]`, message: `is never reached: ${ownerWords(owner, matches[number]!.match)}` })
    before.push(...matches)
  }
  return notices
}

const ownerWords = ({ index, match, takesAll }: { index: number; match: HttpMatch; takesAll: boolean }, covered: HttpMatch): string => {
  const what = takesAll
    ? 'takes every request'
    : covers(covered, match)
      ? 'has the same match'
      : 'comes first and takes all that it matches'
  return `spec.http[${index}] ${what}`
}

/** Istio looks for a DestinationRule where the caller is, where the service is, and in the root namespace. */
const outOfSight = (object: DestinationRuleObject, { workloads, registry, rootNamespace }: Unmet): Notice[] => {
  const { namespace } = object
  const services = registry.coveredBy(fullHost(object.spec.host, namespace))
  const seen =
    services.length === 0 ||
    namespace === rootNamespace ||
    workloads.some((each) => each.namespace === namespace) ||
    services.some((each) => each.namespace === namespace)
  if (seen) return []
  const message = `there is neither a workload nor a service of its host in namespace ${namespace}: it has no effect`
  return [{ where: whereIs(object), message }]
}

/** In another namespace than its Service's, a route is for callers there. */
const withoutCallers = (object: GatewayRoute | ConnectionRoute, { workloads }: Unmet): Notice[] =>
  object.spec.parentRefs.flatMap((parent, index) => {
    const foreign = !isGatewayParent(parent) && (parent.namespace ?? object.namespace) !== object.namespace
    if (!foreign || workloads.some(({ kind, namespace }) => kind === 'workload' && namespace === object.namespace)) return []
    const message = `applies only to callers of namespace ${object.namespace}, and there are none`
    return [{ where: `${whereIs(object)} spec.parentRefs[${index}]`, message }]
  })

const withoutBackends = (object: GatewayRoute): Notice[] =>
  rulesOf(object).flatMap(({ backendRefs = [], filters = [] }, index) => {
    if (filters.some(({ requestRedirect }) => requestRedirect) || backendRefs.some(({ weight = 1 }) => weight > 0)) return []
    const why = backendRefs.length === 0 ? 'it has no backendRefs' : 'all weights are 0'
    const answer = routeKind(object) === 'GRPCRoute' ? 'UNAVAILABLE' : '500'
    return [{ where: `${whereIs(object)} spec.rules[${index}]`, message: `${why}: requests that match are answered with ${answer}` }]
  })

/** A connection has nothing by which one of several rules could be chosen. */
const secondRules = (object: ConnectionRoute): Notice[] =>
  object.spec.rules.slice(1).map((_rule, index) => ({
    where: `${whereIs(object)} spec.rules[${index + 1}]`,
    message: 'is never reached: spec.rules[0] takes every connection',
  }))

const twiceDeclared = ({ serviceEntries, services }: Unmet): Notice[] => {
  const owners = new Map(services.map(({ host }) => [host, 'a service of the mesh']))
  return serviceEntries.flatMap((object) =>
    object.spec.hosts.flatMap((name) => {
      const host = name.toLowerCase()
      const owner = owners.get(host)
      owners.set(host, owner ?? whereIs(object))
      return owner === undefined ? [] : [{ where: `${whereIs(object)} spec.hosts`, message: `has no effect for ${host}: that is ${owner}` }]
    }),
  )
}

/** Of two for the same workloads the older one holds. */
const twice = <T extends StoredObject>(objects: readonly T[], labelsOf: (object: T) => Readonly<Record<string, string>>): Notice[] => {
  const owners = new Map<string, T>()
  return objects.flatMap((object) => {
    const labels = Object.entries(labelsOf(object)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify([object.namespace, labels])
    const owner = owners.get(key)
    if (owner) return [{ where: whereIs(object), message: `has no effect: ${whereIs(owner)} is older and selects the same workloads` }]
    owners.set(key, object)
    return []
  })
}
