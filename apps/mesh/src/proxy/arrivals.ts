/** What the proxy in front of a pod reports of each try that came in: a line of its access log, and the SERVER span. */
import type { Cluster } from '@bookinfo/rules/decision'
import type { Arrival } from './exchange-record.ts'
import type { Proxy } from './proxy.ts'
import { serverSpan } from './spans.ts'
import { isSealed } from './upstream-address.ts'

/** `epoch` turns `performance.now()` into ms since 1970. */
export function reportArrival({ onArrival, tracing }: Proxy, arrival: Arrival, cluster: Cluster, epoch: number) {
  const { attempt, endpoint, request } = arrival
  if (isSealed(cluster, endpoint)) return
  onArrival?.(arrival)
  if (attempt.trace?.sampled) tracing?.reporter.report(serverSpan(attempt, endpoint, attempt.trace, cluster, request, epoch))
}
