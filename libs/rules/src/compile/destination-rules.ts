/** Which DestinationRule holds for a host, and what policy it gives a port and a subset. */
import { hasLabels } from '../model/conditions.ts'
import type { Caller } from '../model/decision.ts'
import { fullHost, hostCovers, mostSpecific } from '../model/host.ts'
import type { DestinationRule, TrafficPolicy, DestinationRuleObject } from '../manifests/kinds/destination-rule.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import { exportedTo } from './registry.ts'

/** The parts of a policy. A subset can override each of them, and a port all but `tunnel`. */
export type Policy = Pick<TrafficPolicy, 'connectionPool' | 'loadBalancer' | 'outlierDetection' | 'tls' | 'tunnel'>
type Subset = NonNullable<DestinationRule['subsets']>[number]

/** All DestinationRules of one host in one namespace, as one. */
export interface HostPolicy {
  rule: string
  exportTo: readonly string[] | undefined
  namespace: string
  trafficPolicy: TrafficPolicy | undefined
  subsets: ReadonlyMap<string, Subset>
}

export class DestinationRules {
  readonly warnings: Notice[] = []
  /** By namespace, then host. */
  readonly #rules = new Map<string, Map<string, HostPolicy>>()
  readonly #rootNamespace: string
  /** With a `workloadSelector`: they hold for some callers of their namespace. */
  readonly #selecting: readonly DestinationRuleObject[]
  readonly #narrowed = new Map<string, DestinationRules>()
  /** Where to look when no rule of these holds. */
  readonly #others: DestinationRules | undefined

  /** `objects` oldest first: of two rules for a host, subsets of the same name and the policy are the older one's. */
  constructor(objects: readonly DestinationRuleObject[], rootNamespace: string, others?: DestinationRules) {
    this.#rootNamespace = rootNamespace
    this.#others = others
    this.#selecting = others ? [] : objects.filter(({ spec }) => spec.workloadSelector)
    for (const object of objects) if (others || !object.spec.workloadSelector) this.#add(object)
  }

  /** The rules for a caller: one that selects the caller replaces those without a selector; the two are not merged. */
  for(caller: Pick<Caller, 'namespace' | 'labels'>): DestinationRules {
    if (this.#selecting.length === 0) return this
    const selected = this.#selecting.filter(
      ({ namespace, spec }) => namespace === caller.namespace && hasLabels(spec.workloadSelector?.matchLabels ?? {}, caller.labels),
    )
    if (selected.length === 0) return this
    const key = selected.map(({ created }) => created).join()
    const known = this.#narrowed.get(key) ?? new DestinationRules(selected, this.#rootNamespace, this)
    this.#narrowed.set(key, known)
    return known
  }

  /** Whether some caller of `namespace` finds the subset. */
  hasSubset(host: string, namespace: string, serviceNamespace: string, subset: string): boolean {
    return (
      this.find(host, namespace, serviceNamespace)?.subsets.has(subset) ||
      this.#selecting.some(
        ({ namespace: own, spec }) =>
          own === namespace && hostCovers(fullHost(spec.host, own), host) && spec.subsets?.some(({ name }) => name === subset),
      )
    )
  }

  #add(object: DestinationRuleObject): void {
    const { namespace, spec } = object
    const hosts = this.#rules.get(namespace) ?? new Map<string, HostPolicy>()
    this.#rules.set(namespace, hosts)
    const host = fullHost(spec.host, namespace)
    const older = hosts.get(host)
    const subsets = new Map(older?.subsets)
    for (const subset of spec.subsets ?? []) {
      if (!subsets.has(subset.name)) subsets.set(subset.name, subset)
      else
        this.warnings.push({
          where: `${whereIs(object)} spec.subsets`,
          message: `subset ${subset.name} of ${host} is defined by ${older?.rule}, which is older: this one has no effect`,
        })
    }
    if (older?.trafficPolicy && spec.trafficPolicy)
      this.warnings.push({
        where: `${whereIs(object)} spec.trafficPolicy`,
        message: `the policy of ${host} is that of ${older.rule}, which is older: this one has no effect`,
      })
    hosts.set(host, {
      rule: older?.rule ?? whereIs(object),
      namespace,
      exportTo: older ? older.exportTo : spec.exportTo,
      trafficPolicy: older?.trafficPolicy ?? spec.trafficPolicy,
      subsets,
    })
  }

  /** Istio's order: the caller's namespace, the service's, the root namespace; in each the most specific host. */
  find(host: string, callerNamespace: string, serviceNamespace: string): HostPolicy | undefined {
    for (const namespace of new Set([callerNamespace, serviceNamespace, this.#rootNamespace])) {
      const hosts = this.#rules.get(namespace)
      const found = hosts && mostSpecific(hosts, host)
      if (found && exportedTo(found.exportTo, namespace, callerNamespace)) return found
    }
    return this.#others?.find(host, callerNamespace, serviceNamespace)
  }
}

/** The policy of a port and a subset: a subset's parts replace the rule's; a port's settings replace all parts at once. */
export const policyFor = (rule: HostPolicy | undefined, port: number, subset: Subset | undefined): Policy =>
  overlay(overlay({}, rule?.trafficPolicy, port), subset?.trafficPolicy, port)

const overlay = (below: Policy, above: TrafficPolicy | undefined, port: number): Policy => {
  if (!above) return below
  const perPort = above.portLevelSettings?.find((each) => each.port.number === port)
  const { connectionPool, loadBalancer, outlierDetection, tls } = perPort ?? {
    connectionPool: above.connectionPool ?? below.connectionPool,
    loadBalancer: above.loadBalancer ?? below.loadBalancer,
    outlierDetection: above.outlierDetection ?? below.outlierDetection,
    tls: above.tls ?? below.tls,
  }
  const tunnel = above.tunnel ?? below.tunnel
  return {
    ...(tunnel && { tunnel }),
    ...(connectionPool && { connectionPool }),
    ...(loadBalancer && { loadBalancer }),
    ...(outlierDetection && { outlierDetection }),
    ...(tls && { tls }),
  }
}
