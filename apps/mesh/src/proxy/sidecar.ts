/** What each caller's proxy keeps for itself: requests in flight, round-robin counters, who is ejected. */
import type { Caller } from '@bookinfo/rules/decision'
import type { Sidecar } from './door.ts'
import { OutlierDetector } from './outlier.ts'

export function createSidecar(caller: Caller, service: string, version: string, now: () => number = Date.now): Sidecar {
  const active = new Map<string, number>()
  const counters = new Map<string, number>()
  const outliers = new OutlierDetector(now)
  return {
    caller,
    service,
    version,
    outliers,
    gates: new Map(),
    shadows: 0,
    balancer: {
      active: (pod) => active.get(pod) ?? 0,
      ejected: (cluster, pod) => outliers.ejected(cluster, pod),
      next(cluster) {
        const count = counters.get(cluster) ?? 0
        counters.set(cluster, count + 1)
        return count
      },
      enter: (pod) => void active.set(pod, (active.get(pod) ?? 0) + 1),
      leave(pod) {
        const left = (active.get(pod) ?? 1) - 1
        if (left > 0) active.set(pod, left)
        else active.delete(pod)
      },
    },
  }
}
