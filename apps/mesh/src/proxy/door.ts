/** Where requests enter the proxy, and with that who is asking. */
import type { BalancerState, Caller, MeshService } from '@bookinfo/rules/decision'
import type { Gate } from './gate.ts'
import type { OutlierDetector } from './outlier.ts'

/** A workload's sidecar, or the gateway: what Envoy keeps for itself in each of its processes. */
export interface Sidecar {
  caller: Caller
  /** Name in spans: one canonical name a service. */
  service: string
  version: string
  balancer: BalancerState & { enter(pod: string): void; leave(pod: string): void }
  outliers: OutlierDetector
  /** Limits on connections and requests, by cluster. */
  gates: Map<string, Gate>
  /** Shadow requests in flight. */
  shadows: number
}

export interface Door {
  sidecar: Sidecar
  /** Authority that every request through this door has, `reviews:9080`; without it the Host header says. */
  authority?: string
  /** Where clients without a sidecar come in: their requests go to this service's pods in plaintext, by no caller's rules. */
  plaintext?: MeshService
  /** Port that rules see: 0 at the gateway, which means every listener; undefined means the port of the authority. */
  port?: number
  /** Whether CONNECT opens connections to any host, which a cluster's network redirects to the proxy. */
  tunnels?: boolean
  /** Whether clients come by TLS. */
  tls?: boolean
  /** Where they could, while there is such a door. */
  httpsPort?: () => number | undefined
}
