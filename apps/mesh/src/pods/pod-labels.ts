/** Labels that pods are given while they run, by the grammar of `kubectl label`. */
import { labelsOf, type Workload } from '../topology.ts'

/** Where a pod stands, by Istio's own label: `region.zone.subzone`. */
const localityLabel = 'istio-locality'

const name = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const value = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** What is wrong with a change of a pod's labels. */
export function labelProblem(set: Readonly<Record<string, string>>, remove: readonly string[], workload: Workload): string | undefined {
  const own = labelsOf(workload)
  for (const key of [...Object.keys(set), ...remove]) {
    if (!name.test(key)) return `${JSON.stringify(key)} is not a label name`
    if (Object.hasOwn(own, key)) return `label ${key} is what makes a pod one of ${workload.name}`
  }
  for (const [key, given] of Object.entries(set)) {
    if (!value.test(given)) return `${JSON.stringify(given)} is not a label value`
    if (key === localityLabel && !/^[^.]+(?:\.[^.]+){0,2}$/.test(given))
      return `${JSON.stringify(given)} is not a locality: expected region, region.zone or region.zone.subzone`
  }
  return undefined
}

/** What rules see of a pod's labels: its locality as `region/zone/subzone`, and the labels with those that istiod makes of it. */
export function placed(given: Readonly<Record<string, string>>): { labels: Readonly<Record<string, string>>; locality?: string } {
  const [region, zone, subzone] = given[localityLabel]?.split('.') ?? []
  if (region === undefined) return { labels: given }
  const labels = {
    ...given,
    'topology.kubernetes.io/region': region,
    ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }),
    ...(subzone !== undefined && { 'topology.istio.io/subzone': subzone }),
  }
  return { labels, locality: [region, zone, subzone].filter((part) => part !== undefined).join('/') }
}
