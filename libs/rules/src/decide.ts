import type { BalancerState, Caller, Decision, Random, RuleRequest } from './decision.ts'
import type { RuleSet } from './ruleset.ts'

/**
 * Where a request of `caller` goes, or what is answered instead. Same arguments (and the same numbers from `random`), same decision.
 * The caller's proxy asks: rules of a `workload` are those of the mesh and of its namespace; a `gateway` sees what is bound to gateways.
 * For a gateway `request.port` is the listener's port, or 0 for a front door that stands for every HTTP listener at once.
 */
export const decide = (rules: RuleSet, request: RuleRequest, caller: Caller, state: BalancerState, random: Random): Decision => {
  throw new Error(`being written: ${rules.warnings.length} ${request.path} ${caller.name} ${state.next('')} ${random()}`)
}
