/** What all listeners of one mesh share. */
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
  /** Ports of the proxy's own: a request for a host outside that leads back here would go round for ever. */
  ownPorts: Set<number>
  /** Told of every request that is over. */
  onEnd: (record: ExchangeRecord) => void
  /** Told of every try at a pod that is over, shadows included. */
  onArrival?: (arrival: Arrival) => void
  /** A defect of the mesh itself; the request is answered with 500. */
  onDefect: (error: unknown) => void
}
