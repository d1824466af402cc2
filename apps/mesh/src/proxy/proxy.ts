/** What all listeners of one mesh share. */
import type { PassedConnection } from './tcp-record.ts'
import type { Endpoint, Random } from '@bookinfo/rules/decision'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import type { Sampler } from '../tracing/sampler.ts'
import type { SpanReporter } from '../tracing/span.ts'
import type { Arrival, ExchangeRecord } from './exchange-record.ts'
import type { Upstreams } from './upstreams.ts'

export interface Proxy {
  /** The rules of now. A request keeps those that it started with. */
  readonly rules: RuleSet
  /** Pods that can serve now. */
  readonly endpoints: readonly Endpoint[]
  upstreams: Upstreams
  random: Random
  /** None: no B3 header is touched and no span is made. */
  tracing?: { sample: Sampler; reporter: SpanReporter }
  /** The proxy's own ports: a request for an external host that leads back here would loop endlessly. */
  ownPorts: Set<number>
  /** Called for every request that has ended. */
  onEnd: (record: ExchangeRecord) => void
  /** Called for every attempt at a pod that has ended, shadows included. */
  onArrival?: (arrival: Arrival) => void
  /** Connections that are passed on byte by byte. */
  connections: Set<PassedConnection>
  /** Called when one has come in, and when it has ended. */
  onConnection?: (connection: PassedConnection) => void
  onConnectionEnd?: (connection: PassedConnection) => void
  /** A defect of the mesh itself; the request is answered with 500. */
  onDefect: (error: unknown) => void
}
