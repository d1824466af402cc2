/** The statuses of Gateway API objects, with the times and generations that conditions carry. */
import { gatewayStatus, policyStatus, routeStatus, type Condition, type Reach } from '@bookinfo/rules/gateway-status'
import { isOf, ruleKinds } from '@bookinfo/rules/kinds'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import { isDeepStrictEqual } from 'node:util'
import { keyOf } from './objects.ts'
import type { Applied } from './applied.ts'

type RouteObject = Parameters<typeof routeStatus>[0]

type Timed = Condition & { observedGeneration: number; lastTransitionTime: string }

export class Statuses {
  #known: ReadonlyMap<string, object> = new Map()

  /** Undefined for kinds that have none. */
  of(object: Applied): object | undefined {
    return this.#known.get(keyOf(object))
  }

  /** Recomputes all of them. False when none has changed. */
  update(objects: readonly Applied[], rules: RuleSet, reach: Reach, at: number): boolean {
    const now = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
    const next = new Map<string, object>()
    for (const object of objects) {
      const status = statusOf(object, rules, reach)
      if (!status) continue
      const before = timesIn(this.#known.get(keyOf(object)))
      next.set(keyOf(object), stamped(status, before, object.generation, now) as object)
    }
    const same = isDeepStrictEqual(next, this.#known)
    this.#known = next
    return !same
  }
}

function statusOf(object: Applied, rules: RuleSet, reach: Reach) {
  if (isOf(ruleKinds.gatewayApiGateway, object)) return gatewayStatus(object, rules, reach)
  if (isOf(ruleKinds.backendTlsPolicy, object)) return policyStatus(object, rules)
  for (const kind of [ruleKinds.httpRoute, ruleKinds.grpcRoute, ruleKinds.tcpRoute, ruleKinds.tlsRoute])
    if (isOf<RouteObject['spec']>(kind, object)) return routeStatus(object as RouteObject, rules)
  return undefined
}

/** Adds generation and time to every condition. As in Kubernetes, the time stays until the status is another one. */
function stamped(value: unknown, before: ReadonlyMap<string, Timed>, generation: number, now: string, path = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => stamped(each, before, generation, now, `${path}/${nameOf(each)}`))
  if (typeof value !== 'object' || value === null) return value
  if (isCondition(value)) {
    const old = before.get(path)
    return { ...value, observedGeneration: generation, lastTransitionTime: old?.status === value.status ? old.lastTransitionTime : now }
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, stamped(each, before, generation, now, `${path}/${key}`)]))
}

/** Conditions by their place, which their names make: the order of listeners may change. */
function timesIn(value: unknown, path = '', found = new Map<string, Timed>()): ReadonlyMap<string, Timed> {
  if (Array.isArray(value)) for (const each of value) timesIn(each, `${path}/${nameOf(each)}`, found)
  else if (typeof value === 'object' && value !== null) {
    if (isCondition(value)) found.set(path, value as Timed)
    else for (const [key, each] of Object.entries(value)) timesIn(each, `${path}/${key}`, found)
  }
  return found
}

const isCondition = (value: object): value is Condition => 'type' in value && 'reason' in value

/** A condition by its type, a listener by its name, a parent or ancestor by its reference. */
function nameOf(item: { type?: string; name?: string; parentRef?: object; ancestorRef?: object }): string {
  return item.type ?? item.name ?? JSON.stringify(item.parentRef ?? item.ancestorRef)
}
