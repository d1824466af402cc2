/** What Istio's analyzers would say: rules that are valid and cannot do what they say. */
import type { DestinationRules } from './destination-rule.ts'
import type { GatewayView } from './gateway-view.ts'
import type { Notice } from './manifest.ts'
import { whereIs } from './manifest.ts'
import type { MeshRule } from './mesh-view.ts'
import type { Registry } from './registry.ts'
import type { RouteDestination } from './route.ts'
import { virtualServiceRoutes, gatewayKey, type VirtualServiceObject } from './virtual-service.ts'

interface Sources {
  rules: readonly MeshRule[]
  registry: Registry
  policies: DestinationRules
  virtualServices: readonly VirtualServiceObject[]
  gateways: GatewayView
}

export const warningsOf = (sources: Sources): Notice[] => [
  ...shadowed(sources.rules),
  ...destinations(sources),
  ...unboundGateways(sources),
]

const shadowed = (rules: readonly MeshRule[]): Notice[] => {
  const owners = new Map<string, MeshRule>()
  const notices: Notice[] = []
  for (const rule of rules) {
    for (const host of rule.hosts) {
      const key = `${rule.exportTo?.join(',') ?? ''}|${host}`
      const owner = owners.get(key)
      if (owner && owner.rule !== rule.rule)
        notices.push({ where: rule.rule, message: `has no effect for ${host}: ${owner.rule} is older and has the same host` })
      else owners.set(key, rule)
    }
  }
  return notices
}

const destinations = ({ rules, registry, policies, virtualServices }: Sources): Notice[] => {
  const notices = new Map<string, Notice>()
  const check = (where: string, namespace: string, { host, subset, refused }: RouteDestination): void => {
    const service = registry.get(host)
    const message =
      refused ??
      (!service
        ? `host ${host} is unknown`
        : subset !== undefined && !policies.hasSubset(host, namespace, service.namespace, subset)
          ? `no DestinationRule of ${host} has a subset ${subset}`
          : undefined)
    if (message) notices.set(`${where} ${message}`, { where, message: `${message}: requests that go there fail` })
  }
  const routes = [
    ...rules.flatMap(({ routes: index, namespace }) => index.routes.map((route) => ({ route, namespace }))),
    ...virtualServices.flatMap((object) => virtualServiceRoutes(object).map((route) => ({ route, namespace: object.namespace }))),
  ]
  for (const { route, namespace } of routes) {
    if (route.action.kind !== 'forward') continue
    for (const each of [...route.action.destinations, ...route.action.mirrors.map(({ destination }) => destination)])
      check(route.rule.replace(/\.match\[\d+\]$/, ''), namespace, each)
  }
  return [...notices.values()]
}

const unboundGateways = ({ virtualServices, gateways }: Sources): Notice[] => {
  const known = new Set(gateways.listeners.map(({ gateway }) => gateway.slice('Gateway '.length)))
  return virtualServices.flatMap((object) =>
    (object.spec.gateways ?? [])
      .filter((name) => name !== 'mesh' && !known.has(gatewayKey(name, object.namespace)))
      .map((name) => ({
        where: `${whereIs(object)} spec.gateways`,
        message: `gateway ${gatewayKey(name, object.namespace)} does not exist`,
      })),
  )
}
