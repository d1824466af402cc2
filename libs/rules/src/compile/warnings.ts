/** What Istio's analyzers would say: rules that are valid and cannot do what they say. */
import { wordsOf } from '../explain/words.ts'
import { hasLabels } from '../model/conditions.ts'
import type { DestinationRules } from './destination-rules.ts'
import { missingPort } from './backend-problem.ts'
import { isGatewayParent } from './gateway-attachment.ts'
import type { GatewayView } from './gateway-view.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import type { MeshRule, TcpMeshRule } from './mesh-view.ts'
import { gatewayApiTcpRoutes, virtualServiceTcpRoutes } from './tcp-routes.ts'
import { everythingGranted, type Grants } from './grants.ts'
import { withoutEffect, type Unmet } from './no-effect.ts'
import type { RouteDestination } from '../model/route.ts'
import { isOfConnections } from './route-parts.ts'
import type { ServiceParents } from './service-parents.ts'
import { labelWords, selectingNothing, type Selecting } from './selects-nothing.ts'
import { virtualServiceRoutes, gatewayKey } from './virtual-service-routes.ts'

interface Sources extends Selecting, Unmet {
  rules: readonly MeshRule[]
  serviceParents: ServiceParents
  tcpRules: readonly TcpMeshRule[]
  grants: Grants
  policies: DestinationRules
  gateways: GatewayView
}

export const warningsOf = (sources: Sources): Notice[] => [
  ...shadowed(sources.rules),
  ...destinations(sources),
  ...unboundGateways(sources),
  ...listeners(sources),
  ...unattached(sources),
  ...selectingNothing(sources),
  ...withoutEffect(sources),
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

/** Why requests to a destination fail. */
const problemOf = ({ host, port, subset, labels, refused }: RouteDestination, namespace: string, { registry, policies }: Sources) => {
  const missing = refused ? wordsOf(refused) : missingPort(registry, host, port)
  const service = registry.get(host)
  if (missing !== undefined || !service) return missing
  const { candidates } = service
  const fitsNone = (wanted: Readonly<Record<string, string>> = {}) =>
    candidates.length > 0 && !candidates.some((each) => hasLabels(wanted, each))
  if (subset === undefined) return fitsNone(labels) ? `no pod of ${host} has the labels ${labelWords(labels!)}` : undefined
  if (!policies.hasSubset(host, namespace, service.namespace, subset)) return wordsOf({ kind: 'subset-unknown', host, subset })
  const chosen = policies.find(host, namespace, service.namespace)?.subsets.get(subset)?.labels
  return fitsNone(chosen) ? `no pod of ${host} has the labels of subset ${subset} (${labelWords(chosen!)})` : undefined
}

const destinations = (sources: Sources): Notice[] => {
  const { rules, virtualServices, gatewayRoutes, tcpRoutes, grants, gateways } = sources
  const notices = new Map<string, Notice>()
  const routes = [
    ...rules.flatMap(({ routes: index, namespace }) => index.routes.map((route) => ({ route, namespace }))),
    ...virtualServices.flatMap((object) => virtualServiceRoutes(object).map((route) => ({ route, namespace: object.namespace }))),
    ...gatewayRoutes
      .filter(({ spec }) => spec.parentRefs.some(isGatewayParent))
      .flatMap((object) => gateways.routesOf(object).map(({ route }) => ({ route, namespace: object.namespace }))),
  ]
  const report = (rule: string, destination: RouteDestination, namespace: string, what: string) => {
    const where = rule.replace(/\.match(?:es)?\[\d+\]$/, '')
    const problem = problemOf(destination, namespace, sources)
    if (problem !== undefined) notices.set(`${where} ${problem}`, { where, message: `${problem}: ${what} that go there fail` })
  }
  for (const { route, namespace } of routes) {
    if (route.action.kind !== 'forward') continue
    for (const each of [...route.action.destinations, ...route.action.mirrors.map(({ destination }) => destination)])
      report(route.rule, each, namespace, 'requests')
  }
  const ofConnections = [
    ...virtualServices.flatMap((object) => virtualServiceTcpRoutes(object).map((route) => ({ route, object }))),
    ...tcpRoutes.flatMap((object) =>
      gatewayApiTcpRoutes(object, object.spec.parentRefs.some(isGatewayParent) ? grants : everythingGranted).map((route) => ({
        route,
        object,
      })),
    ),
  ]
  for (const { route, object } of ofConnections)
    for (const each of route.destinations) report(route.rule, each, object.namespace, 'connections')
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

const listeners = ({ gatewayApiGateways, gateways }: Sources): Notice[] =>
  gatewayApiGateways.flatMap((object) =>
    (gateways.listenerStates.get(`${object.namespace}/${object.name}`) ?? []).flatMap(({ listener: { name }, conflict, unresolved }) => {
      const where = `${whereIs(object)} spec.listeners`
      return [
        ...(conflict === undefined ? [] : [{ where, message: `${conflict}: ${name} has no effect` }]),
        ...(unresolved === undefined ? [] : [{ where, message: `${unresolved.message}: handshakes of ${name} fail` }]),
      ]
    }),
  )

/** Routes that a parent does not take. */
const unattached = ({ gatewayRoutes, tcpRoutes, gateways, serviceParents }: Sources): Notice[] =>
  [...gatewayRoutes, ...tcpRoutes].flatMap((route) =>
    route.spec.parentRefs.flatMap((parent, index) => {
      const refusal = isGatewayParent(parent) ? gateways.attachment(parent)?.refusal : serviceParents.refusal(route, parent)
      if (!refusal) return []
      return [
        {
          where: `${whereIs(route)} spec.parentRefs[${index}]`,
          message: `${refusal.message}: the route gets no ${isOfConnections(route) ? 'connections' : 'requests'} there`,
        },
      ]
    }),
  )
