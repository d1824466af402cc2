/** The words between the rules and the proxy for connections whose bytes are not HTTP to it. Types only. */
import type { Balancer, Cluster } from './decision.ts'
import type { Step } from './fact.ts'

/** A connection as the proxy of its caller sees it. */
export interface Connection {
  /** Host that was dialled, a name or an IP address; at a gateway there is none. */
  host: string
  /** Port that was dialled, or that of the gateway's listener (0: its front door for TLS). */
  port: number
  /** There when the client begins TLS, with the name that it asks for (lower case), if it asks for one. */
  tls?: { sni?: string }
}

interface Common {
  /** Envoy's response flags that the rule itself causes. */
  flags: readonly string[]
  steps: readonly Step[]
}

/** The connection goes on to an endpoint of a cluster. */
export interface TcpForward extends Common {
  kind: 'forward'
  cluster: Cluster
  balancer: Balancer
}

/** The connection is closed without a word. */
export interface TcpClose extends Common {
  kind: 'close'
}

export type TcpDecision = TcpForward | TcpClose

/** What the proxy in front of a workload, or a gateway, says to a connection that arrives. A `reset` is what plain text gets at a STRICT workload. */
export type TcpVerdict = { allow: boolean; reset?: boolean; steps: readonly Step[] }
