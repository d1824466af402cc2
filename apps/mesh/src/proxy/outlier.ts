/** Outlier detection of one sidecar: endpoints that keep failing leave their cluster for a while. */
import type { Cluster, OutlierDetection } from '@bookinfo/rules/decision'
import { isDeepStrictEqual } from 'node:util'

interface Host {
  errors: number
  gatewayErrors: number
  /** The multiple of the base ejection time; it decreases by one with every interval in which the endpoint is not ejected. */
  ejections: number
  /** ms since 1970; 0 when it is in. */
  ejectedUntil: number
}

interface State {
  policy: OutlierDetection
  hosts: Map<string, Host>
  size: number
}

/** Envoy never ejects for longer. */
const longestEjectionMs = 300_000
const gatewayError = new Set([502, 503, 504])

export class OutlierDetector {
  readonly #clusters = new Map<string, State>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Notes how an endpoint answered; connections that fail count as 503. */
  record(cluster: Cluster, pod: string, status: number) {
    const policy = cluster.outlier
    const before = this.#clusters.get(cluster.name)
    // With another policy it is another cluster, as in Envoy: no endpoint is ejected.
    const known = before && isDeepStrictEqual(before.policy, policy) ? before : undefined
    if (!known) this.#clusters.delete(cluster.name)
    if (!policy || (!known && status < 500)) return
    const state = known ?? { policy, hosts: new Map<string, Host>(), size: 0 }
    this.#clusters.set(cluster.name, state)
    state.size = cluster.endpoints.length
    const host = state.hosts.get(pod) ?? { errors: 0, gatewayErrors: 0, ejections: 0, ejectedUntil: 0 }
    state.hosts.set(pod, host)
    host.errors = status >= 500 ? host.errors + 1 : 0
    host.gatewayErrors = gatewayError.has(status) ? host.gatewayErrors + 1 : 0
    const tooMany = reached(host.errors, policy.consecutive5xxErrors) || reached(host.gatewayErrors, policy.consecutiveGatewayErrors)
    if (!tooMany || this.#out(host)) return
    const share = (100 * this.#countOut(state.hosts)) / Math.max(1, state.size)
    if (share >= policy.maxEjectionPercent) return
    const intervalsIn = Math.floor((this.#now() - host.ejectedUntil) / policy.intervalMs)
    host.ejections = Math.max(0, host.ejections - intervalsIn) + 1
    host.errors = host.gatewayErrors = 0
    host.ejectedUntil = this.#now() + Math.min(policy.baseEjectionTimeMs * host.ejections, longestEjectionMs)
  }

  ejected(cluster: string, pod: string): boolean {
    const state = this.#clusters.get(cluster)
    const host = state?.hosts.get(pod)
    if (!state || !host || !this.#out(host)) return false
    const healthy = 100 - (100 * this.#countOut(state.hosts)) / Math.max(1, state.size)
    return healthy >= state.policy.minHealthPercent
  }

  #out(host: Host): boolean {
    return host.ejectedUntil > this.#now()
  }

  #countOut(hosts: Map<string, Host>): number {
    let count = 0
    for (const host of hosts.values()) if (this.#out(host)) count++
    return count
  }
}

const reached = (count: number, limit: number) => limit > 0 && count >= limit
