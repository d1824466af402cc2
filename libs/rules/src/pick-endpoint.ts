import type { Balancer, BalancerState, Cluster, Endpoint, Random } from './decision.ts'

/**
 * Chooses the endpoint for one try. Ejected endpoints are left out (all of them are used when none is left, Envoy's panic mode);
 * `exclude` holds pods that earlier tries of this request failed on: they are taken only when nothing else is there.
 * Undefined when the cluster has no endpoint.
 */
export const pickEndpoint = (
  cluster: Cluster,
  balancer: Balancer,
  state: BalancerState,
  random: Random,
  exclude?: ReadonlySet<string>,
): Endpoint | undefined => {
  throw new Error(`being written: ${cluster.name} ${balancer.kind} ${state.next('')} ${random()} ${exclude?.size}`)
}
