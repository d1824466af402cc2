/** What a check is: one short file, with the rules that it applies in another file next to it. */
import type { Answer } from './answer.ts'
import type { Checker, Finding } from './checkers.ts'
import type { Plan, Sampled } from './statistics/plan.ts'
import type { Span } from './spans.ts'

export type Profile = 'istio' | 'gateway-api'

/** What a target may lack; a check that needs it is then unsupported, with the target's reason. */
export type Capability =
  | 'grpc'
  | 'tcp'
  | 'sniffing'
  | 'zipkin'
  | 'external-host'
  | 'access-log'
  | 'sidecar'
  | 'client-certificate'
  | 'gateway'
  | 'gateway-tls'
  | 'gateway-secret'
  | 'gateway-of-gateway-api'
  | 'locality'

export interface CheckDefinition {
  /** One sentence that is true of a right mesh. */
  title: string
  /** Features of the mesh that it is about. */
  features: readonly string[]
  /** What the target has to offer. */
  needs?: readonly Capability[]
  /** Shares that are tested, so that budget and sample sizes can be planned before the run. */
  sampled?: readonly Sampled[]
  /** Hosts that it sends requests to in addition to those in its rules; `reviews` by default when it has no rules. */
  hosts?: readonly string[]
  /** Whether nothing else may run at the same time. */
  exclusive?: boolean
  run(context: Context): Promise<void>
}

/** What a request is, for senders inside and outside of the mesh. */
export interface Request {
  /** `/probe/echo` by default. `{i}` stands for the request's number (within each thousand), in headers too. */
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string
  /** 1 by default. */
  count?: number
  concurrency?: number
  pauseMs?: number
  timeoutMs?: number
}

/** A request from one workload to another. */
export interface Call extends Request {
  /** `productpage-v1` by default. */
  from?: string
  /** Host that is dialled and named, `reviews` by default; its port is 9080 unless it names another one. */
  to?: string
  /** Bytes instead of a request: to the workloads' echoes at 9082 (TCP) and 9083 (TLS). */
  scheme?: 'tcp' | 'tls'
  /** Bytes that the body of a connection is filled up to. */
  bytes?: number
  /** The name that is asked for by TLS, instead of the host's. */
  serverName?: string
  /** Milliseconds that an answer should take: a request that takes as long is sent at the same time to a workload without rules, and shows how late answers are on this machine. */
  timed?: number
  /** HTTP/1.1 by default; `h2c` is HTTP/2 without TLS. */
  protocol?: 'h1' | 'h2c'
  /** Leaves out headers and bodies of the answers: for many requests, which are not traced. */
  brief?: boolean
}

/** A call of a method of gRPC from one workload to another. */
export interface GrpcCall extends Omit<Call, 'path' | 'method' | 'body' | 'protocol' | 'timed' | 'scheme' | 'bytes' | 'serverName'> {
  /** `Echo` by default; EchoServerStream, EchoClientStream and EchoBidiStream are streams. */
  method?: string
  /** `bookinfo.v1.Probe` by default. */
  service?: string
  /** The request in JSON, or a list of requests for a method that takes a stream. See libs/contracts/proto/bookinfo/v1/probe.proto. */
  message?: object
}

/** A connection to the gateway by TLS. */
export interface Entry {
  serverName: string
  body?: string
  /** 1 by default. */
  count?: number
}

export interface Context {
  profile: Profile
  /** That the application is in. */
  namespace: string
  /** Present in checks that are sampled. */
  plan: Plan
  /** Sends requests from a workload, through the mesh. */
  call: (request?: Call) => Promise<Answer[]>
  /** The same by gRPC, to the port 9081 of a service. */
  grpc: (call?: GrpcCall) => Promise<Answer[]>
  /** Sends requests through the gateway, to the host of the check's rules (`conformance.example`). */
  knock: (request?: Request & { host?: string }) => Promise<Answer[]>
  /** Connects to the gateway by TLS, asking for a name, and talks to the echo behind it. */
  enter: (connection: Entry) => Promise<Answer[]>
  /** Judges answers; a finding that does not pass fails the check, and the check goes on. */
  expect: (what: string, answers: readonly Answer[], ...checkers: Checker[]) => void
  /** Notes a finding that is not about answers. */
  note: (what: string, finding: Finding) => void
  /** A new id for the ledger. */
  id: () => string
  /** How often requests with this id arrived, by version (`v1`) of a service's workloads. */
  ledger: (id: string, service?: string) => Promise<Record<string, number>>
  /** Spans of a trace, once `complete` says so. */
  trace: (traceId: string, complete: (spans: readonly Span[]) => boolean) => Promise<Span[]>
  /** Hexadecimal digits for ids, never the same twice. */
  hex: (digits: number) => string
  /** Text that a pod of the workload serves (`/metrics`), fetched directly and not through the mesh. */
  direct: (workload: string, path: string) => Promise<string>
  /** Lines of the access log of a workload's proxy that contain `text`, once there are some. */
  accessLog: (workload: string, text: string) => Promise<string[]>
  /** Replaces the check's rules by another file next to it. */
  apply: (file: string) => Promise<void>
}

export const check = (definition: CheckDefinition): CheckDefinition => definition
