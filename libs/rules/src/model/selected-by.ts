import type { Endpoint, PodSelector } from './decision.ts'
import { hasLabels } from './conditions.ts'

/** Those of `pods` that a selector means. */
export const selectedBy = <Pod extends Pick<Endpoint, 'namespace' | 'labels'>>(
  { namespace, labels }: PodSelector,
  pods: readonly Pod[],
): Pod[] => pods.filter((each) => each.namespace === namespace && labels.every((wanted) => hasLabels(wanted, each.labels)))
