import type { Endpoint, PodSelector } from './decision.ts'
import { hasLabels } from './conditions.ts'

/** Those of `pods` that a selector means. */
export const selectedBy = <Pod extends Pick<Endpoint, 'namespace' | 'labels'>>(
  { namespace, labels }: PodSelector,
  pods: readonly Pod[],
): Pod[] => pods.filter((each) => each.namespace === namespace && labels.every((wanted) => hasLabels(wanted, each.labels)))

/** The endpoints that a selector means, each with the address of the selector's port. */
export const endpointsOf = (pods: PodSelector, endpoints: readonly Endpoint[]): Endpoint[] =>
  selectedBy(pods, endpoints).map((each) => {
    const port = pods.port === undefined ? undefined : each.ports?.[pods.port]
    return port === undefined ? each : { ...each, port }
  })
