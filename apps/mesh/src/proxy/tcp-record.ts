/** What is known of one connection that a proxy passes on byte by byte: for statistics, the console and the access log. */
import type { Connection, TcpDecision } from '@bookinfo/rules/connection'
import type { Endpoint } from '@bookinfo/rules/decision'
import type { Sidecar } from './door.ts'

export interface TcpRecord {
  /** ms since 1970 */
  startedAt: number
  /** ms; of an open connection until now. */
  durationMs: number
  open: boolean
  sidecar: Sidecar
  connection: Connection
  decision: TcpDecision | undefined
  /** Service that was meant, by its short name. */
  service: string | undefined
  endpoint: Endpoint | undefined
  /** Address that it was passed on to. */
  upstream: string | undefined
  /** Addresses of the client, and where it came in. */
  remote: string
  local: string
  /** Envoy's response flags. */
  flags: readonly string[]
  /** Bytes from the client, and to it. */
  bytesReceived: number
  bytesSent: number
}

/** A connection that is passed on, or was. */
export interface PassedConnection {
  readonly record: TcpRecord
  /** The pod that it goes to. */
  readonly pod: string | undefined
  /** Closes both sides at once. */
  destroy(): void
}
