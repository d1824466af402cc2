/** The form that every rule is brought into: an ordered list of routes of a virtual host, as Envoy has it. Only types. */
import type { Caller, RetryPolicy, RuleRequest } from './decision.ts'
import type { Clause, Missing } from './fact.ts'
import type { HeaderOperations } from './header-changes.ts'
import type { PathMatch } from './path-match.ts'

/** A request with what several conditions need of it. */
export interface Context {
  request: RuleRequest
  caller: Caller
  /** Path without query. */
  path: string
  /** Query without `?`. */
  query: string
}

export interface Condition {
  /** What it asks for. */
  clause: Clause
  test: (context: Context) => boolean
  /** It depends only on the caller: where it fails, the route does not exist for the caller. */
  ofCaller?: boolean
}

export interface RouteDestination {
  weight: number
  /** Fully qualified. */
  host: string
  /** Absent: the service's only port, or the port that was asked for. */
  port?: number
  subset?: string
  /** Labels of RouteRule's routes: a subset without a DestinationRule. */
  labels?: Readonly<Record<string, string>>
  requestHeaders: HeaderOperations
  responseHeaders: HeaderOperations
  /** Why this destination cannot be used, whatever exists (a reference that no ReferenceGrant allows). */
  refused?: Missing
}

export type PathChange =
  | { kind: 'prefix'; value: string }
  | { kind: 'full'; value: string }
  | { kind: 'regex'; replace: (path: string) => string }

/** 0 to 100. */
type Percent = number

export interface Cors {
  allows: (origin: string) => boolean
  methods: string
  headers: string
  expose: string
  maxAgeSeconds?: number
  credentials: boolean
  /** A preflight from another origin goes on to the workload. */
  forwardsUnmatched: boolean
}

export interface Session {
  kind: 'cookie' | 'header'
  name: string
  path: string
  ttlMs?: number
}

export type Action =
  | {
      kind: 'redirect'
      status: number
      scheme?: string
      host?: string
      /** `request` keeps the port that was asked for. */
      port?: number | 'request'
      /** The rule decides the port also where the default one is left out; otherwise that of the request's host stays then, as in Envoy. */
      dropsPort?: true
      path?: PathChange
    }
  | { kind: 'direct'; status: number; body: string }
  | {
      kind: 'forward'
      destinations: readonly RouteDestination[]
      rewrite?: PathChange
      authority?: string
      timeoutMs: number
      retry: RetryPolicy
      mirrors: readonly { destination: RouteDestination; percent: Percent }[]
      session?: Session
      /** What is answered when the destination does not exist: 503, with the Gateway API 500. */
      missingStatus: number
    }

export interface Route {
  /** Where it stands: `virtual-service.yaml#1 VirtualService default/reviews spec.http[0].match[0]`. */
  rule: string
  name: string
  path: PathMatch
  conditions: readonly Condition[]
  /** Gateways that it holds for, as `namespace/name` or `mesh`; absent: all that its rule is bound to. */
  gateways?: readonly string[]
  /** Port that was asked for; absent: any. */
  port?: number
  action: Action
  delay?: { percent: Percent; ms: number }
  abort?: { percent: Percent; status: number; grpcStatus?: number }
  cors?: Cors
  requestHeaders: HeaderOperations
  responseHeaders: HeaderOperations
}

/** Whether every request gets here. */
export const isCatchAll = ({ path, conditions }: Route): boolean =>
  conditions.length === 0 &&
  ((path.kind === 'prefix' && path.value === '/') ||
    (path.kind === 'segments' && path.value === '') ||
    (path.kind === 'regex' && path.value === '.*'))

export const anyPath: PathMatch = { kind: 'prefix', value: '/', ignoreCase: false }
