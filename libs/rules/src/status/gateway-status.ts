/** What the mesh says of objects of the Gateway API: their `status`, in the words of the specification. */
import type { BackendTlsPolicyObject } from '../manifests/kinds/backend-tls-policy.ts'
import type { ParentRef } from '../manifests/kinds/gateway-api-parts.ts'
import type { GatewayApiObject } from '../manifests/kinds/gateway-api-gateway.ts'
import { backendProblems } from '../compile/backend-problem.ts'
import type { Listener } from '../model/decision.ts'
import { isGatewayParent, kindsOf } from '../compile/gateway-attachment.ts'
import { schemeOf, type ListenerState, type Place } from '../compile/gateway-view.ts'
import type { Notice } from '../model/manifest.ts'
import type { ConnectionRoute, GatewayRoute } from '../compile/route-parts.ts'
import type { RuleSet } from '../compile/ruleset.ts'

/** Who writes these statuses. */
export const controllerName = 'bookinfo.example/local-mesh'

const group = 'gateway.networking.k8s.io'

export interface Condition {
  type: string
  status: 'True' | 'False'
  reason: string
  message: string
}

export interface GatewayStatus {
  addresses: readonly { type: 'IPAddress' | 'Hostname'; value: string }[]
  conditions: readonly Condition[]
  listeners: readonly {
    name: string
    supportedKinds: readonly { group: string; kind: string }[]
    attachedRoutes: number
    conditions: readonly Condition[]
  }[]
}

export interface GatewayClassStatus {
  conditions: readonly Condition[]
}

export interface RouteStatus {
  parents: readonly { parentRef: ParentRef; controllerName: string; conditions: readonly Condition[] }[]
}

export interface PolicyStatus {
  ancestors: readonly { ancestorRef: AncestorRef; controllerName: string; conditions: readonly Condition[] }[]
}

/** What a policy has an effect on: a Service for callers in the mesh, and the Gateways that lead to it. */
interface AncestorRef {
  group: string
  kind: 'Service' | 'Gateway'
  namespace?: string
  name: string
  sectionName?: string
}

/** Where the gateway is on this machine. */
export interface Reach {
  address: GatewayStatus['addresses'][number]
  /** Where a listener is reached, or why it is not; neither while its door opens. */
  at: (place: Place) => { url?: string | undefined; problem?: string | undefined }
}

type Compiled = Pick<RuleSet, 'gateways' | 'registry' | 'serviceParents' | 'grants' | 'backendTls'>

const condition = (type: string, status: boolean, reason: string, message = ''): Condition => ({
  type,
  status: status ? 'True' : 'False',
  reason,
  message,
})

export const gatewayStatus = (
  { namespace, name }: Pick<GatewayApiObject, 'namespace' | 'name'>,
  { gateways }: Compiled,
  reach: Reach,
): GatewayStatus => {
  const states = gateways.listenerStates.get(`${namespace}/${name}`) ?? []
  const listeners = states.map((state) => ({
    name: state.listener.name,
    supportedKinds: supportedKinds(state.listener),
    attachedRoutes: gateways.attachedRoutes(state.listener),
    conditions: listenerConditions(state, reach),
  }))
  const names = (wanted: (condition: Condition) => boolean) =>
    listeners.filter(({ conditions }) => conditions.some(wanted)).map((listener) => listener.name)
  const invalid = names(({ type, status, reason }) => type !== 'Conflicted' && status === 'False' && reason !== 'Pending')
  const accepted = names(({ type, status }) => type === 'Accepted' && status === 'True')
  const programmed = names(({ type, status }) => type === 'Programmed' && status === 'True')
  return {
    addresses: [reach.address],
    conditions: [
      condition(
        'Accepted',
        accepted.length > 0,
        invalid.length > 0 ? 'ListenersNotValid' : 'Accepted',
        invalid.length > 0 ? `listeners that are not valid: ${invalid.join(', ')}` : 'every listener is valid',
      ),
      programmed.length > 0
        ? condition('Programmed', true, 'Programmed', `${programmed.length} of ${listeners.length} listeners can be reached`)
        : condition('Programmed', false, invalid.length < listeners.length ? 'Pending' : 'Invalid', 'no listener can be reached'),
    ],
    listeners,
  }
}

/** As the API has it: those of its protocol, which its own list narrows. */
const supportedKinds = (listener: ListenerState['listener']) => {
  const named = listener.allowedRoutes?.kinds
  const kinds = kindsOf(listener).filter((kind) => !named?.length || named.some((each) => each.kind === kind))
  return kinds.map((kind) => ({ group, kind }))
}

const listenerConditions = (state: ListenerState, reach: Reach): Condition[] => {
  const { conflict, unresolved, tls } = state
  const { url, problem } = reach.at(state)
  const broken = unresolved && tls?.certificates.length === 0 ? unresolved.message : undefined
  return [
    conflict !== undefined
      ? condition('Accepted', false, 'ProtocolConflict', conflict)
      : problem !== undefined
        ? condition('Accepted', false, 'PortUnavailable', problem)
        : condition('Accepted', true, 'Accepted'),
    condition('Conflicted', conflict !== undefined, conflict === undefined ? 'NoConflicts' : 'ProtocolConflict', conflict),
    (conflict ?? broken ?? problem) !== undefined
      ? condition('Programmed', false, 'Invalid', conflict ?? broken ?? problem)
      : url === undefined
        ? condition('Programmed', false, 'Pending', 'its port opens')
        : condition('Programmed', true, 'Programmed', `reached at ${url}`),
    unresolved ? condition('ResolvedRefs', false, unresolved.reason, unresolved.message) : condition('ResolvedRefs', true, 'ResolvedRefs'),
  ]
}

/** Of every class: the mesh takes all Gateways, whatever class they name. */
export const gatewayClassStatus: GatewayClassStatus = {
  conditions: [
    condition('Accepted', true, 'Accepted', 'the local mesh takes the Gateways of every class'),
    condition('SupportedVersion', true, 'SupportedVersion'),
  ],
}

export const routeStatus = (
  route: GatewayRoute | ConnectionRoute,
  { gateways, registry, serviceParents, grants }: Compiled,
): RouteStatus => ({
  parents: route.spec.parentRefs.map((parent) => {
    const attachment = gateways.attachment(parent)
    const refusal = isGatewayParent(parent) ? attachment?.refusal : serviceParents.refusal(route, parent)
    const listeners = attachment?.taken.map(({ listener }) => listener.name) ?? []
    const problems = backendProblems(route, parent, registry, grants)
    return {
      parentRef: withDefaults(parent),
      controllerName,
      conditions: [
        refusal
          ? condition('Accepted', false, refusal.reason, refusal.message)
          : condition(
              'Accepted',
              true,
              'Accepted',
              listeners.length > 0 ? `taken by ${listeners.join(', ')}` : `holds for calls to ${parent.name}`,
            ),
        problems.length > 0
          ? condition('ResolvedRefs', false, problems[0]!.reason, [...new Set(problems.map(({ message }) => message))].join('; '))
          : condition('ResolvedRefs', true, 'ResolvedRefs'),
      ],
    }
  }),
})

/** The API takes no more. */
const mostAncestors = 16

export const policyStatus = (object: BackendTlsPolicyObject, { backendTls, gateways }: Compiled): PolicyStatus => {
  const { targets = [], references = [], settings } = backendTls.stateOf(object) ?? {}
  const broken = references.map(({ problem }) => problem)
  const resolved =
    broken.length > 0
      ? condition('ResolvedRefs', false, broken[0]!.reason, broken.map(({ message }) => message).join('; '))
      : condition('ResolvedRefs', true, 'ResolvedRefs')
  const unusable = typeof settings === 'string' ? { reason: 'NoValidCACertificate', message: settings } : undefined
  const ancestors = targets.map(({ target, problem }) => {
    const { sectionName, name } = target
    const ref: AncestorRef = { group: '', kind: 'Service', name, ...(sectionName !== undefined && { sectionName }) }
    return { ref, refusal: problem ?? unusable }
  })
  // A Gateway that leads to several targets has trouble with none of them, or that of the first.
  const leading = new Map<GatewayApiObject, (typeof ancestors)[number]['refusal']>()
  for (const { host, port, problem } of targets)
    for (const gateway of gateways.gatewaysTo(host, port))
      leading.set(gateway, leading.has(gateway) ? leading.get(gateway) && (problem ?? unusable) : (problem ?? unusable))
  for (const [{ namespace, name }, refusal] of leading) ancestors.push({ ref: { group, kind: 'Gateway', namespace, name }, refusal })
  return {
    ancestors: ancestors.slice(0, mostAncestors).map(({ ref, refusal }) => ({
      ancestorRef: ref,
      controllerName,
      conditions: [
        refusal ? condition('Accepted', false, refusal.reason, refusal.message) : condition('Accepted', true, 'Accepted'),
        resolved,
      ],
    })),
  }
}

/** As the API server stores it. */
const withDefaults = (parent: ParentRef): ParentRef => ({ group, kind: 'Gateway', ...parent })

const at = (reach: Reach, { port, protocol, front }: Listener) => reach.at({ scheme: schemeOf(protocol), port, front })

/** Listeners whose port is not to be had, of both APIs. */
export const unreachable = (listeners: readonly Listener[], reach: Reach): Notice[] =>
  listeners.flatMap((listener) => {
    const { problem } = at(reach, listener)
    return problem === undefined ? [] : [{ where: listener.where, message: `port ${listener.port} is not there: ${problem}` }]
  })

/** Addresses of listeners without a front door. */
export const reachedElsewhere = (listeners: readonly Listener[], reach: Reach): Notice[] =>
  listeners.flatMap((listener) => {
    const { url } = at(reach, listener)
    return listener.front || url === undefined ? [] : [{ where: listener.where, message: `port ${listener.port} is reached at ${url}` }]
  })
