/** Which endpoints are near to a caller, by Istio's localityLbSetting. */
import type { Endpoint } from '../model/decision.ts'
import type { LocalityLbSetting } from '../manifests/kinds/destination-rule.ts'

export type Levels = readonly (readonly { weight: number; endpoints: readonly Endpoint[] }[])[]

interface From {
  locality: string
  labels: Readonly<Record<string, string>>
}

/** Endpoints by level for a caller; undefined where every endpoint is as near as any other. Failover needs outlier detection, as in Istio. */
export const levelsFor = (
  setting: LocalityLbSetting | undefined,
  outliers: boolean,
  endpoints: readonly Endpoint[],
  from: From,
): Levels | undefined => {
  if (setting?.enabled === false) return undefined
  const byLabels = (setting?.failoverPriority?.length ?? 0) > 0
  if (from.locality === '' && !byLabels) return undefined
  if (setting?.distribute?.length) return distributed(setting.distribute, endpoints, from.locality)
  if (!outliers) return undefined
  const byLocality = from.locality !== '' && (!byLabels || (setting?.failover?.length ?? 0) > 0)
  const groups = new Map<number, Endpoint[]>()
  for (const endpoint of endpoints) {
    const first = byLabels ? labelDistance(setting!.failoverPriority!, from.labels, endpoint.labels) : 0
    const second = byLocality ? localityDistance(from.locality, endpoint.locality ?? '', setting?.failover ?? []) : 0
    const distance = first * 5 + second
    groups.set(distance, [...(groups.get(distance) ?? []), endpoint])
  }
  if (groups.size < 2) return undefined
  return [...groups].toSorted(([a], [b]) => a - b).map(([, group]) => [{ weight: 1, endpoints: group }])
}

const distributed = (
  rules: NonNullable<LocalityLbSetting['distribute']>,
  endpoints: readonly Endpoint[],
  from: string,
): Levels | undefined => {
  const rule = rules.find((each) => localityMatches(from, each.from))
  if (!rule) return undefined
  const left = new Set(endpoints)
  const groups = Object.entries(rule.to).map(([to, weight]) => {
    const group = [...left].filter(({ locality = '' }) => localityMatches(locality, to))
    for (const endpoint of group) left.delete(endpoint)
    return { weight, endpoints: group }
  })
  return [groups.filter((group) => group.weight > 0 && group.endpoints.length > 0)]
}

const parts = (locality: string): [string, string, string] => {
  const [region = '', zone = '', subzone = ''] = locality.split('/')
  return [region, zone, subzone]
}

/** `region/*` covers every zone of the region, as does plain `region`. */
const localityMatches = (locality: string, pattern: string): boolean => {
  const given = parts(locality)
  return parts(pattern).every((part, index) => part === '' || part === '*' || part === given[index])
}

/** 0 same subzone, 1 same zone, 2 same region, 3 elsewhere, 4 elsewhere than the region that failover names. */
const localityDistance = (from: string, to: string, failover: readonly { from: string; to: string }[]): number => {
  const [a, b] = [parts(from), parts(to)]
  if (a[0] !== b[0]) {
    const rule = failover.find((each) => each.from === a[0])
    return rule && rule.to !== b[0] ? 4 : 3
  }
  if (a[1] !== b[1]) return 2
  return a[2] === b[2] ? 0 : 1
}

/** Labels in order of importance, `name` or `name=value`: the sooner one differs, the farther. */
const labelDistance = (
  priority: readonly string[],
  caller: Readonly<Record<string, string>>,
  endpoint: Readonly<Record<string, string>>,
): number => {
  const differs = priority.findIndex((each) => {
    const [name = '', value] = each.split('=')
    return (value ?? caller[name]) !== endpoint[name]
  })
  return differs === -1 ? 0 : priority.length - differs
}
