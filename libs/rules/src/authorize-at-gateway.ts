/** What the gateway itself says to a request that comes in, before it looks for a route. */
import { authorize } from './authorize.ts'
import { gatewayOf } from './decide.ts'
import type { Caller, RuleRequest, Verdict } from './decision.ts'
import type { RuleSet } from './ruleset.ts'

/** `caller` is the gateway, with the address of the client. Policies are those that select it, and those of the Gateway that takes the request. */
export const authorizeAtGateway = (rules: RuleSet, request: RuleRequest, caller: Caller, now: number): Verdict | Promise<Verdict> => {
  const { name, namespace, labels, remoteIp } = caller
  const client: Caller = { kind: 'gateway', name: 'client', namespace: '', labels: {}, remoteIp }
  const entered = gatewayOf(rules, request, caller)
  return authorize(rules, request, client, { name, namespace, labels, port: request.port, ...(entered && { entered }) }, now)
}
