/** What is known of one request when it is over: for statistics, the console and the access log. */
import type { Decision, Endpoint, RuleRequest } from '@bookinfo/rules/decision'
import type { Attempt } from './attempt.ts'
import type { Sidecar } from './door.ts'

export interface ExchangeRecord {
  /** ms since 1970 */
  startedAt: number
  durationMs: number
  sidecar: Sidecar
  /** Undefined when the request could not even be read. */
  request: RuleRequest | undefined
  decision: Decision | undefined
  /** Service that was meant, by its short name. */
  service: string | undefined
  /** Who answered; none when the proxy did. */
  workload: string | undefined
  pod: string | undefined
  upstream: string | undefined
  /** 0 when the client went away before an answer began. */
  status: number
  /** What a gRPC client was answered. */
  grpcStatus?: number | undefined
  /** Envoy's response flags. */
  flags: readonly string[]
  bytesReceived: number
  bytesSent: number
  /** ms until the upstream's answer began. */
  upstreamMs: number | undefined
  traceId: string | undefined
  protocol: string
}

/** One try at a pod that is over, as the proxy in front of the pod saw it. */
export interface Arrival {
  attempt: Attempt
  endpoint: Endpoint
  /** As it arrived. */
  request: RuleRequest
  protocol: string
  bytesReceived: number
}
