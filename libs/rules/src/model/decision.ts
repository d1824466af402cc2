/**
 * The words between the rules and the proxy: what a request looks like to a rule, and what a rule can say about it.
 * Types only. Times are milliseconds, header names lower case, percentages 0 to 100.
 */
import type { Step } from './fact.ts'
import type { PortTraffic } from './port-protocol.ts'

/** Header fields by lower-case name; a field that came several times keeps every value, in order. */
export type HeaderMap = Readonly<Record<string, readonly string[]>>

/** What a verified token says. */
export interface Claims {
  /** `issuer/subject` */
  principal: string
  /** A claim by its path; lists give every string, `scope` and `permission` are split at spaces. */
  claim: (path: readonly string[]) => string | readonly string[] | undefined
}

/** A request as the proxy of its caller sees it. */
export interface RuleRequest {
  method: string
  scheme: 'http' | 'https'
  /** Host header as sent, port included when it was. */
  authority: string
  /** Port that the caller dialled, 9080 for the application's services. */
  port: number
  /** Path with query, as sent. */
  path: string
  headers: HeaderMap
  /** Name that the client asked for when it began TLS (lower case), at a gateway. */
  sni?: string
  /** Where the client reaches the gateway's TLS, when that is not where https usually is. */
  httpsPort?: number
  /** Of a token that the proxy itself has checked before it chooses a route: at a gateway. */
  claims?: Claims
}

/** Who asks: a workload of the mesh through its sidecar, or an outside client through a gateway. */
export interface Caller {
  /** `workload`, or `gateway` for requests that enter the mesh. */
  kind: 'workload' | 'gateway'
  /** Workload's name (`productpage-v1`) or gateway's (`bookinfo-gateway`). */
  name: string
  namespace: string
  labels: Readonly<Record<string, string>>
  /** SPIFFE identity without scheme, `cluster.local/ns/default/sa/bookinfo-productpage`; none for plaintext. */
  principal?: string
  /** Address of the peer, for source-ip hashing and policies. */
  remoteIp: string
  /** Locality `region/zone/subzone` where it is known. */
  locality?: string
}

/** One address that serves a workload. */
export interface Endpoint {
  /** Pod name, unique in the mesh. */
  pod: string
  workload: string
  namespace: string
  labels: Readonly<Record<string, string>>
  address: string
  port: number
  /** Where it serves further ports of its services, by their numbers. */
  ports?: Readonly<Record<number, number>>
  /** SPIFFE identity without scheme, of a workload that has a sidecar. */
  principal?: string
  locality?: string
}

/** The workload (or gateway) that a request arrives at. */
export interface Workload {
  /** Workload's name, `reviews-v1`; a gateway's `istio-ingressgateway`. */
  name: string
  namespace: string
  /** Pod labels, which policies select by; a gateway's `istio: ingressgateway`. */
  labels: Readonly<Record<string, string>>
  /** Port the request arrived on. */
  port: number
  /** SPIFFE identity without scheme, of a workload that has a sidecar. */
  principal?: string
  /** Gateway of the Gateway API that a request came in by. */
  entered?: { namespace: string; name: string }
}

/** A service of the mesh or of a ServiceEntry, as the registry knows it. */
export interface MeshService {
  /** `reviews` */
  name: string
  namespace: string
  /** Fully qualified, `reviews.default.svc.cluster.local`, or a ServiceEntry's host (a wildcard is possible there). */
  host: string
  ports: readonly { number: number; name: string; protocol?: string }[]
  /** Labels an endpoint must carry to serve it. */
  selector: Readonly<Record<string, string>>
}

/** Pods of a namespace that carry all of these labels. */
export interface PodSelector {
  namespace: string
  labels: readonly Readonly<Record<string, string>>[]
  /** Port of theirs that is meant; that of HTTP where they have no such port. */
  port?: number
}

/** What exists, apart from rules: given again whenever a workload comes, goes or is scaled. */
export interface Inventory {
  services: readonly MeshService[]
  /** Where requests can be sent now. */
  endpoints: readonly Endpoint[]
  /** What selectors choose from: pods, ready or not, and gateways. */
  workloads: readonly { kind: Caller['kind']; namespace: string; labels: Readonly<Record<string, string>> }[]
}

/** A port that the mesh's gateway has to listen on. */
export interface Listener {
  /** `Gateway default/bookinfo-gateway` */
  gateway: string
  port: number
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS'
  /** Hosts it serves, `*` for all. */
  hosts: readonly string[]
  /** Whether a front door serves the port. */
  front: boolean
  /** `gateway.yaml#1 Gateway default/bookinfo-gateway spec.servers[0]` */
  where: string
}

/** One change of a header map, in Envoy's order: remove, then set, then add. */
export interface HeaderChanges {
  remove: readonly string[]
  set: readonly (readonly [name: string, value: string])[]
  add: readonly (readonly [name: string, value: string])[]
}

/** When and how often another try is made. */
export interface RetryPolicy {
  /** Further tries after the first. */
  attempts: number
  perTryTimeoutMs?: number
  /** Envoy's names: `5xx`, `gateway-error`, `connect-failure`, `reset`, … */
  on: readonly string[]
  /** Status codes for `retriable-status-codes`. */
  statusCodes: readonly number[]
  /** Base and longest back-off; the wait is random in [0, base·2ⁿ). */
  backOffMs: readonly [base: number, max: number]
  /** Further tries go to other endpoints while there are any (`exclude` of pickEndpoint); unless set to false. */
  otherHosts?: boolean
}

/** How an endpoint of a cluster is chosen. */
export type Balancer =
  | { kind: 'ROUND_ROBIN' | 'RANDOM' | 'LEAST_REQUEST' }
  /** Same key, same endpoint. `setCookie` is what the answer must carry when the key was made up for a new client. */
  | {
      kind: 'HASH'
      key?: string
      setCookie?: { name: string; path: string; ttlMs: number | undefined }
    }

/** A cluster's limits on connections and requests; absent means unlimited. */
export interface ConnectionPool {
  maxConnections?: number
  connectTimeoutMs: number
  http1MaxPendingRequests?: number
  http2MaxRequests?: number
  /** Of one connection that carries several requests. */
  maxConcurrentStreams?: number
  maxRequestsPerConnection?: number
  maxRetries?: number
  idleTimeoutMs?: number
  /** How often connections of HTTP/2 are asked by PING whether the other side is there, and how long the answer may take. */
  ping?: { everyMs: number; timeoutMs: number }
  /** Of connections that are passed on byte by byte. */
  tcp?: TcpPool
}

export interface TcpPool {
  /** Longest time in which nothing moves; 0 switches the limit off. */
  idleTimeoutMs?: number
  maxDurationMs?: number
  /** After this silence, the system asks whether the other side is there. */
  keepAliveMs?: number
}

/** When an endpoint leaves the cluster for a while. */
export interface OutlierDetection {
  consecutive5xxErrors: number
  consecutiveGatewayErrors: number
  intervalMs: number
  baseEjectionTimeMs: number
  maxEjectionPercent: number
  minHealthPercent: number
}

/** A certificate (with those that lead to its root) and its private key. */
export interface KeyPair {
  cert: string
  key: string
}

/** What other sides' certificates are checked by. */
export interface Authority {
  ca: string
  /** Certificates that the authority has taken back. */
  crl?: string
}

/** How a caller's proxy begins TLS. */
export interface TlsSettings {
  /** Name sent and checked instead of the host. */
  sni?: string
  /** Names of which the server's certificate carries one, checked instead of the host. */
  subjectAltNames?: readonly string[]
  /** Whether the certificate is not checked at all. */
  insecureSkipVerify?: boolean
  /** Who signs the server's certificate; otherwise one of the public ones. */
  authority?: Authority
  /** What the server is shown. */
  pair?: KeyPair
}

/** A destination with its policy: what Envoy calls an upstream cluster. */
export interface Cluster {
  /** Istio's form, `outbound|9080|v1|reviews.default.svc.cluster.local`. */
  name: string
  host: string
  port: number
  subset?: string
  /** Endpoints that carry the subset's labels; empty means `no healthy upstream`. */
  endpoints: readonly Endpoint[]
  /** Which pods those are: they may have come and gone when a request has waited. None for endpoints that a rule lists. */
  pods?: PodSelector
  /** Host outside the mesh to dial instead of endpoints (ServiceEntry, passthrough). */
  external?: { scheme: 'http' | 'https'; host: string; port: number }
  /** Which version of HTTP is spoken, where it is not always HTTP/1.1: HTTP/2, or that of the client. */
  protocol?: 'HTTP2' | 'AS_CLIENT'
  pool: ConnectionPool
  outlier?: OutlierDetection
  /** TLS that the client side originates: none means Istio's own choice (mTLS inside the mesh). */
  tls?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
  /** Where connections that are passed byte by byte are led on to by CONNECT: the destination is a proxy. */
  tunnel?: { host: string; port: number }
  /** For `SIMPLE` and `MUTUAL`. */
  tlsSettings?: TlsSettings
  /** The BackendTLSPolicy that asks for it. */
  tlsRule?: string
  /** How proxies in front of pods read the port: one that reads HTTP takes no TLS there, any other passes TLS on to the pod unread. */
  podsRead?: PortTraffic
  /**
   * Endpoints by nearness to the caller, nearest first, when the policy prefers localities: the next level is used as far as the ones
   * before are unhealthy. A level's groups get shares by weight. `pickEndpoint` reads it; `endpoints` still holds all of them.
   */
  levels?: readonly (readonly { weight: number; endpoints: readonly Endpoint[] }[])[]
}

interface Common {
  /** Name of the route that matched, for logs and spans (`default` where no rule did). */
  routeName: string
  /** Wait before anything else (fault delay). */
  delayMs: number
  /** Envoy's response flags that the rule itself causes: `DI`, `FI`, `NR`, `UAEX`, … */
  flags: readonly string[]
  steps: readonly Step[]
  /** Changes to the answer on its way back. */
  responseHeaders: HeaderChanges
}

/** The proxy answers by itself. */
export interface Respond extends Common {
  kind: 'respond'
  status: number
  /** What a gRPC client is answered, where it is not the code that stands for `status`. */
  grpcStatus?: number
  headers: readonly (readonly [name: string, value: string])[]
  body: string
}

/** A way that a request takes: its own, or that of a mirror. */
export interface Leg {
  cluster: Cluster
  balancer: Balancer
  /** Path with query as sent upstream, rewritten or not. */
  path: string
  authority: string
  requestHeaders: HeaderChanges
}

/** The request goes on. */
export interface Forward extends Common, Leg {
  kind: 'forward'
  /** Limit from the whole request being sent to the whole answer, 0 for none. As in Envoy it starts after a fault's delay, which it therefore never cuts short. */
  timeoutMs: number
  retry: RetryPolicy
  mirrors: readonly Leg[]
}

export type Decision = Respond | Forward

/** State that decisions read and that the proxy keeps: counters of now, not rules. */
export interface BalancerState {
  /** Requests in flight to an endpoint. */
  active(pod: string): number
  /** Whether outlier detection has the endpoint out of this cluster. */
  ejected(cluster: string, pod: string): boolean
  /** Next number of a cluster's own round-robin counter. */
  next(cluster: string): number
}

/** Uniform in [0, 1): passed in, so that a decision can be repeated. */
export type Random = () => number

/** What the proxy in front of a workload says to a request that arrives. `dryRun` tags its span with what policies that are only tried say. */
export type Verdict =
  | {
      allow: true
      steps: readonly Step[]
      requestHeaders: HeaderChanges
      claims?: Claims
      dryRun?: Readonly<Record<string, string>>
    }
  | {
      allow: false
      status: number
      body: string
      headers: readonly (readonly [name: string, value: string])[]
      flags: readonly string[]
      steps: readonly Step[]
      dryRun?: Readonly<Record<string, string>>
    }
  /** Plaintext to a STRICT workload: the connection is reset, as Envoy does. */
  | { allow: false; reset: true; steps: readonly Step[] }
