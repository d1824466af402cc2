import type { Caller, RuleRequest, Verdict } from './decision.ts'
import type { RuleSet } from './ruleset.ts'

/** The workload (or gateway) that a request arrives at. */
export interface Workload {
  /** Workload's name, `reviews-v1`; a gateway's `istio-ingressgateway`. */
  name: string
  namespace: string
  /** Pod labels, which policies select by; a gateway's `istio: ingressgateway`. */
  labels: Readonly<Record<string, string>>
  /** Port the request arrived on. */
  port: number
}

/**
 * What the destination's proxy says to a request: PeerAuthentication, RequestAuthentication, AuthorizationPolicy, in this order.
 * A caller without `principal` is a plaintext one. `now` (ms since 1970) is what token lifetimes are measured against.
 * The answer is a promise only when a token has to be verified.
 */
export const authorize = (
  rules: RuleSet,
  request: RuleRequest,
  caller: Caller,
  destination: Workload,
  now: number,
): Verdict | Promise<Verdict> => {
  throw new Error(`being written: ${rules.warnings.length} ${request.path} ${caller.name} ${destination.name} ${now}`)
}
