import type { Endpoint, PodSelector } from './decision.ts'
import { hasLabels } from './conditions.ts'

/** Those of `endpoints` that a selector means. */
export const selectedBy = ({ namespace, labels }: PodSelector, endpoints: readonly Endpoint[]): Endpoint[] =>
  endpoints.filter((each) => each.namespace === namespace && labels.every((wanted) => hasLabels(wanted, each.labels)))
