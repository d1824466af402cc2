import type { Balancer, BalancerState, Cluster, Endpoint, Random } from '../model/decision.ts'
import { hash32 } from './hash.ts'

/**
 * Chooses the endpoint for one try. Ejected endpoints are left out, unless fewer than the cluster's `minHealthPercent` are left
 * (Envoy's panic mode; 0, Istio's default, is never). `exclude` holds pods that earlier tries of this request failed on: they are
 * taken only when nothing else is there. Undefined when no endpoint can take the request.
 */
export const pickEndpoint = (
  cluster: Cluster,
  balancer: Balancer,
  state: BalancerState,
  random: Random,
  exclude?: ReadonlySet<string>,
): Endpoint | undefined => {
  const all = cluster.endpoints
  const healthy = withoutEjected(cluster, all, state)
  const panic = healthy.length < all.length && (healthy.length / all.length) * 100 < (cluster.outlier?.minHealthPercent ?? 0)
  const usable = panic ? all : healthy
  const near = cluster.levels && !panic ? nearest(cluster, cluster.levels, state, random) : usable
  const candidates = (exclude?.size ?? 0) > 0 ? preferOthers(near, usable, exclude!) : near
  if (candidates.length < 2) return candidates[0]
  if (balancer.kind === 'ROUND_ROBIN') return candidates[state.next(cluster.name) % candidates.length]
  if (balancer.kind === 'LEAST_REQUEST') return lessBusy(candidates, state, random)
  if (balancer.kind === 'HASH' && balancer.key !== undefined) return highestHash(candidates, balancer.key)
  return anyOf(candidates, random)
}

const withoutEjected = (cluster: Cluster, endpoints: readonly Endpoint[], state: BalancerState): readonly Endpoint[] => {
  if (!cluster.outlier) return endpoints
  const left = endpoints.filter(({ pod }) => !state.ejected(cluster.name, pod))
  return left.length === endpoints.length ? endpoints : left
}

const preferOthers = (near: readonly Endpoint[], usable: readonly Endpoint[], exclude: ReadonlySet<string>): readonly Endpoint[] => {
  const others = near.filter(({ pod }) => !exclude.has(pod))
  if (others.length > 0) return others
  const farther = usable.filter(({ pod }) => !exclude.has(pod))
  return farther.length > 0 ? farther : near
}

const index = (length: number, random: Random): number => Math.min(Math.floor(random() * length), length - 1)
const anyOf = (endpoints: readonly Endpoint[], random: Random): Endpoint | undefined => endpoints[index(endpoints.length, random)]

/** The less busy one of two different endpoints chosen by chance. */
const lessBusy = (endpoints: readonly Endpoint[], state: BalancerState, random: Random): Endpoint => {
  const first = index(endpoints.length, random)
  const other = index(endpoints.length - 1, random)
  const [a, b] = [endpoints[first]!, endpoints[other >= first ? other + 1 : other]!]
  return state.active(b.pod) < state.active(a.pod) ? b : a
}

/** Rendezvous hashing: a key moves only when its own endpoint goes, or a new one ranks above it. */
const highestHash = (endpoints: readonly Endpoint[], key: string): Endpoint | undefined => {
  let best: Endpoint | undefined
  let highest = -1
  for (const endpoint of endpoints) {
    const rank = hash32(`${endpoint.pod}\n${key}`)
    if (rank > highest) [best, highest] = [endpoint, rank]
  }
  return best
}

/** Envoy counts a level as healthy as long as 1 in 1.4 of its endpoints is, and passes the missing share on. */
const overprovisioning = 1.4

/** The healthy endpoints of one level and group, levels by health, groups by weight. */
const nearest = (cluster: Cluster, levels: NonNullable<Cluster['levels']>, state: BalancerState, random: Random): readonly Endpoint[] => {
  const healthy = levels.map((groups) => groups.map((group) => ({ ...group, endpoints: withoutEjected(cluster, group.endpoints, state) })))
  const shares = healthy.map((groups, level) => {
    const left = groups.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
    const all = levels[level]!.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
    return all === 0 ? 0 : Math.min(1, (overprovisioning * left) / all)
  })
  const total = Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  )
  let point = random() * total
  for (const [level, share] of shares.entries()) {
    if (point < share) return byWeight(healthy[level]!, random)
    point -= share
  }
  return []
}

const byWeight = (groups: readonly { weight: number; endpoints: readonly Endpoint[] }[], random: Random): readonly Endpoint[] => {
  const filled = groups.filter(({ endpoints }) => endpoints.length > 0)
  if (filled.length < 2) return filled[0]?.endpoints ?? []
  let point = random() * filled.reduce((sum, { weight }) => sum + weight, 0)
  for (const { weight, endpoints } of filled) {
    if (point < weight) return endpoints
    point -= weight
  }
  return filled.at(-1)!.endpoints
}
