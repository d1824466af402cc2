/** Selectors that fit nothing: what they belong to has no effect. */
import type { SidecarObject } from '../manifests/kinds/sidecar.ts'
import type { ServiceEntryObject } from '../manifests/kinds/service-entry.ts'
import type { PeerAuthenticationObject } from '../manifests/kinds/peer-authentication.ts'
import type { GatewayObject } from '../manifests/kinds/gateway.ts'
import type { GatewayApiObject } from '../manifests/kinds/gateway-api-gateway.ts'
import type { DestinationRuleObject } from '../manifests/kinds/destination-rule.ts'
import { hasLabels } from '../model/conditions.ts'
import type { Inventory } from '../model/decision.ts'
import { fullHost } from '../model/host.ts'
import type { PolicyTarget } from '../manifests/kinds/policy-target.ts'
import { whereIs, type Notice, type StoredObject } from '../model/manifest.ts'
import type { Namespaces } from './namespaces.ts'
import type { Registry } from './registry.ts'

type Labels = Readonly<Record<string, string>>
type Selectable = Inventory['workloads'][number]

export interface Selecting {
  workloads: readonly Selectable[]
  rootNamespace: string
  namespaces: Namespaces
  registry: Registry
  istioGateways: readonly GatewayObject[]
  gatewayApiGateways: readonly GatewayApiObject[]
  serviceEntries: readonly ServiceEntryObject[]
  destinationRules: readonly DestinationRuleObject[]
  sidecars: readonly SidecarObject[]
  peers: readonly PeerAuthenticationObject[]
  /** AuthorizationPolicies and RequestAuthentications. */
  targeting: readonly (StoredObject & { spec: PolicyTarget })[]
}

export const selectingNothing = (sources: Selecting): Notice[] => {
  const { workloads } = sources
  const pods = workloads.filter(({ kind }) => kind === 'workload')
  const root = (namespace: string) => namespace === sources.rootNamespace
  return [
    ...sources.istioGateways.flatMap((object) => gatewaySelector(object, workloads)),
    ...sources.gatewayApiGateways.flatMap((object) => listenerSelectors(object, sources)),
    ...sources.targeting.flatMap((object) => policyTarget(object, sources)),
    // mTLS and Sidecars do not apply to gateways. Only a rule without a selector applies outside of its namespace.
    ...sources.peers.flatMap((object) => {
      const labels = object.spec.selector?.matchLabels ?? {}
      return none(object, pods, labels, root(object.namespace) && isEmpty(labels))
    }),
    ...sources.sidecars.flatMap((object) =>
      none(object, pods, object.spec.workloadSelector?.labels ?? {}, root(object.namespace) && !object.spec.workloadSelector),
    ),
    ...sources.destinationRules.flatMap((object) =>
      object.spec.workloadSelector ? none(object, workloads, object.spec.workloadSelector.matchLabels ?? {}, false) : [],
    ),
    ...sources.serviceEntries.flatMap((object) =>
      object.spec.workloadSelector ? none(object, pods, object.spec.workloadSelector.labels, false, 'requests that go there fail') : [],
    ),
    ...sources.destinationRules.flatMap((object) => subsetLabels(object, sources.registry)),
  ]
}

/** `app=reviews, version=v9` */
export const labelWords = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

const isEmpty = (labels: Labels): boolean => Object.keys(labels).length === 0
const noEffect = 'it has no effect'

const none = (object: StoredObject, all: readonly Selectable[], labels: Labels, everywhere: boolean, then = noEffect): Notice[] => {
  const here = everywhere ? all : all.filter(({ namespace }) => namespace === object.namespace)
  if (here.some((each) => hasLabels(labels, each.labels))) return []
  const where = everywhere ? 'in the mesh' : `in namespace ${object.namespace}`
  const message = here.length === 0 ? `there is no workload ${where}` : `no workload ${where} has the labels ${labelWords(labels)}`
  return [{ where: isEmpty(labels) ? whereIs(object) : `${whereIs(object)} spec`, message: `${message}: ${then}` }]
}

const gatewaySelector = (object: GatewayObject, workloads: readonly Selectable[]): Notice[] => {
  const selector = object.spec.selector ?? {}
  const gateways = workloads.filter(({ kind }) => kind === 'gateway')
  if (gateways.some(({ labels }) => hasLabels(selector, labels))) return []
  const there = gateways.map(({ labels }) => labelWords(labels)).join('; ')
  const message = `no gateway has the labels ${labelWords(selector)}: ${noEffect} (there is one with ${there})`
  return [{ where: `${whereIs(object)} spec.selector`, message }]
}

const listenerSelectors = (object: GatewayApiObject, { namespaces, workloads }: Selecting): Notice[] =>
  object.spec.listeners.flatMap(({ name, allowedRoutes }, index) => {
    const { from, selector } = allowedRoutes?.namespaces ?? {}
    if (from !== 'Selector') return []
    const known = new Set([...namespaces.names, ...workloads.map(({ namespace }) => namespace)])
    if (selector && [...known].some((namespace) => namespaces.selects(selector, namespace))) return []
    const message = `the selector fits no namespace that is known: ${name} takes no route (apply Namespaces with their labels)`
    return [{ where: `${whereIs(object)} spec.listeners[${index}].allowedRoutes.namespaces.selector`, message }]
  })

const policyTarget = (object: StoredObject & { spec: PolicyTarget }, sources: Selecting): Notice[] => {
  const { workloads, gatewayApiGateways, rootNamespace } = sources
  const { selector, targetRef, targetRefs } = object.spec
  const targets = [...(targetRef ? [targetRef] : []), ...(targetRefs ?? [])]
  if (targets.length === 0) return none(object, workloads, selector?.matchLabels ?? {}, object.namespace === rootNamespace)
  return targets
    .filter(({ name }) => !gatewayApiGateways.some((each) => each.namespace === object.namespace && each.name === name))
    .map(({ name }) => ({
      where: `${whereIs(object)} spec.${targetRef ? 'targetRef' : 'targetRefs'}`,
      message: `Gateway ${object.namespace}/${name} does not exist: ${noEffect}`,
    }))
}

/** Of a rule for every version there ever was, some subsets fit; where none does, the labels are wrong. A route to one that fits no pod warns by itself. */
const subsetLabels = (object: DestinationRuleObject, registry: Registry): Notice[] => {
  const host = fullHost(object.spec.host, object.namespace)
  const services = registry.coveredBy(host)
  if (services.length === 0) return [{ where: `${whereIs(object)} spec.host`, message: `host ${host} is unknown: ${noEffect}` }]
  // A host outside of the mesh has no pods to choose from, and of a service without pods the labels are not to blame.
  const pods = services.flatMap(({ candidates }) => candidates)
  const subsets = (object.spec.subsets ?? []).map(({ name, labels = {} }) => ({ name, labels }))
  if (pods.length === 0 || subsets.length === 0) return []
  if (subsets.some(({ labels }) => pods.some((each) => hasLabels(labels, each)))) return []
  const wanted = subsets.map(({ name, labels }) => `${name}: ${labelWords(labels)}`).join('; ')
  return [
    {
      where: `${whereIs(object)} spec.subsets`,
      message: `no pod of ${host} has the labels of a subset (${wanted}): requests that go there fail`,
    },
  ]
}
