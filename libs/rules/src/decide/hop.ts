/**
 * One hop, from the caller's proxy to the proxy in front of the destination. Real requests, mirrored ones and explanations all go
 * through these steps: `enter` the caller's proxy, `decide`, `aim` at an endpoint, change the request (`asSent`), let the destination
 * `judge` it. The proxy takes them one by one, since it may have to wait in between and to try again; `hop` takes them all at once.
 */
import { authorize, authorizeTcp } from '../policy/authorize.ts'
import { decide, gatewayOf } from './decide.ts'
import type { TcpVerdict } from '../model/connection.ts'
import type { PortTraffic } from '../model/port-protocol.ts'
import type { BalancerState, Caller, Decision, Endpoint, Leg, Random, RuleRequest, Verdict, Workload } from '../model/decision.ts'
import { changed, noChanges } from '../model/header-changes.ts'
import { pickEndpoint } from './pick-endpoint.ts'
import type { RuleSet } from '../compile/ruleset.ts'

/** A caller's proxy, and the rules that it applies. */
export interface Asker {
  rules: RuleSet
  /** At a gateway with the address of the client. */
  caller: Caller
  state: BalancerState
  random: Random
}

/** Where one try of a request arrives, and as whose. */
export interface Aim {
  /** Undefined for a host outside the mesh. */
  endpoint: Endpoint | undefined
  /** The caller as the destination sees it. */
  caller: Caller
  /** Undefined where no proxy judges what arrives. */
  destination: Workload | undefined
  sealed?: Sealed
}

/** TLS between the caller's proxy and a pod that has a proxy: that one reads nothing of what is sent. */
interface Sealed {
  sni: string
  podsRead: PortTraffic
}

/** What a caller's proxy decides about a request that is in. */
export interface Choice {
  decision: Decision
  /** Where the first try arrives; undefined when the proxy answers by itself, or no endpoint can take the request. */
  aim?: Aim | undefined
}

/** Every step of a hop, as far as it goes. */
export interface Hop {
  /** What the gateway's own policies say. */
  entry: Verdict
  /** The request as the caller's proxy lets it in. */
  request: RuleRequest
  choice?: Choice
  /** What the destination's proxy says. */
  verdict?: Verdict
  /** The request as the destination gets it. */
  arrived?: RuleRequest
}

const passes: Verdict = { allow: true, steps: [], requestHeaders: noChanges }

/**
 * What a gateway itself says to a request that comes in, before it looks for a route: by policies that select it, and those of the
 * Gateway that takes the request. A workload's own requests are not judged on their way out.
 */
export const enter = async ({ rules, caller }: Asker, request: RuleRequest, now: number): Promise<Verdict> => {
  if (caller.kind !== 'gateway') return passes
  const { name, namespace, labels } = caller
  const entered = gatewayOf(rules, request, caller)
  return authorize(rules, request, clientOf(caller), { name, namespace, labels, port: request.port, ...(entered && { entered }) }, now)
}

/** The client outside, as a gateway sees it. */
export const clientOf = ({ remoteIp }: Caller): Caller => ({ kind: 'gateway', name: 'client', namespace: '', labels: {}, remoteIp })

/** The request as a proxy that allows it passes it on. */
export const admitted = (request: RuleRequest, { requestHeaders, claims }: Verdict & { allow: true }): RuleRequest => {
  if (requestHeaders === noChanges && !claims) return request
  return { ...request, headers: changed(request.headers, requestHeaders), ...(claims && { claims }) }
}

/** The request as the caller's proxy sends it, at its `attempt`-th try. */
export const asSent = (request: RuleRequest, { path, authority, requestHeaders }: Leg, attempt = 1): RuleRequest => {
  const headers = changed(request.headers, requestHeaders)
  if (path !== request.path) headers['x-envoy-original-path'] ??= [request.path]
  headers['x-envoy-attempt-count'] = [String(attempt)]
  return { ...request, path, authority, headers }
}

/** Where one try arrives. `tried` holds pods that earlier tries failed on. Undefined when no endpoint can take the request. */
export const aim = (
  { caller, state, random }: Asker,
  { cluster, balancer }: Pick<Leg, 'cluster' | 'balancer'>,
  tried?: ReadonlySet<string>,
): Aim | undefined => {
  if (cluster.external) return { endpoint: undefined, caller, destination: undefined }
  const endpoint = pickEndpoint(cluster, balancer, state, random, tried)
  if (!endpoint) return undefined
  const { workload, namespace, labels, principal } = endpoint
  const { tls, tlsSettings, podsRead, host } = cluster
  const sealed = tlsSettings && podsRead && principal !== undefined && { sni: tlsSettings.sni ?? host, podsRead }
  return {
    endpoint,
    caller: tls === 'DISABLE' || sealed ? withoutPrincipal(caller) : caller,
    ...(sealed && { sealed }),
    destination: { name: workload, namespace, labels, port: cluster.port, ...(principal !== undefined && { principal }) },
  }
}

const withoutPrincipal = (caller: Caller): Caller => {
  const { principal: _, ...plaintext } = caller
  return plaintext
}

/** What the destination's proxy says to a request that was sent to it. */
export const judge = async ({ rules }: Asker, sent: RuleRequest, target: Aim, now: number): Promise<Verdict> => {
  const { caller, destination, sealed } = target
  if (!destination) return passes
  if (!sealed) return authorize(rules, sent, caller, destination, now)
  const { allow, steps } = judgeSealed(rules, sealed, caller, destination)
  return allow ? { allow, steps, requestHeaders: noChanges } : { allow, reset: true, steps }
}

/**
 * What it says to TLS that the caller's proxy has begun. As in Istio, one that reads HTTP at the port closes the connection; any other
 * passes the bytes on to the pod, and sees a client without an identity.
 */
export const judgeSealed = (rules: RuleSet, { sni, podsRead }: Sealed, caller: Caller, destination: Workload): TcpVerdict => {
  if (podsRead !== 'http') return authorizeTcp(rules, { host: '', port: destination.port, tls: { sni } }, caller, destination)
  return { allow: false, reset: true, steps: [{ rule: 'port protocol', fact: { kind: 'tls-not-taken', port: destination.port } }] }
}

/** What a caller's proxy would do with a request now, without sending it. */
export const hop = async (asker: Asker, request: RuleRequest, now: number): Promise<Hop> => {
  const entry = await enter(asker, request, now)
  if (!entry.allow) return { entry, request }
  const begun = { entry, request: admitted(request, entry) }
  const choice = choose(asker, begun.request)
  if (choice.decision.kind === 'respond' || !choice.aim) return { ...begun, choice }
  const sent = asSent(begun.request, choice.decision)
  const verdict = await judge(asker, sent, choice.aim, now)
  return { ...begun, choice, verdict, ...(verdict.allow && { arrived: admitted(sent, verdict) }) }
}

/** The decision about a request that is in, and where its first try arrives. */
export const choose = (asker: Asker, request: RuleRequest): Choice => {
  const { rules, caller, state, random } = asker
  const decision = decide(rules, request, caller, state, random)
  return decision.kind === 'forward' ? { decision, aim: aim(asker, decision) } : { decision }
}
