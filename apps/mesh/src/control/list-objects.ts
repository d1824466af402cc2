/** One list of all that can be asked for: rules that are applied, and what runs. */
import { kindsNamed } from '@bookinfo/rules/kinds'
import { groupOf } from '@bookinfo/rules/manifest'
import { whereIs, type Notice } from '@bookinfo/rules/manifest'
import { isOfResource } from '../rules/objects.ts'
import type { Applied } from '../rules/applied.ts'
import type { KubeObject } from './kube-object.ts'
import { withRemedies } from './remedies.ts'
import { asNamespace, runningObjects } from './running-objects.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { describeServed, noticesAbout, type Control } from './views.ts'

export interface ListQuery {
  /** Without one, those of every namespace. */
  namespace?: string | undefined
  name?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
}

/** What happened to an object, for `describe`. */
export interface ObjectEvent {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** ms since 1970 */
  at: number
}

/** Objects of a kind, by name. @throws SelectorError */
export function listObjects(control: Control, resource: string, query: ListQuery = {}): KubeObject[] {
  const { namespace, name, labelSelector: labels = '', fieldSelector: fields = '' } = query
  const hasLabels = labelSelector(labels)
  return kindsNamed(resource).flatMap(({ kind, group, clusterWide = false }) => {
    const hasFields = fieldSelector(fields, kind)
    const applied = control.mesh.rules.objects.filter((object) => object.kind === kind && groupOf(object) === group)
    return [...runningObjects(kind, control), ...applied.map((object) => servedObject(object, control))]
      .filter(({ metadata }) => (clusterWide || !namespace || metadata.namespace === namespace) && (!name || metadata.name === name))
      .filter((object) => hasLabels(object.metadata.labels ?? {}) && hasFields(object))
      .toSorted((a, b) => compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name))
  })
}

/** By code point, as the API server lists them. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** An object that is applied, as an API server serves it. */
function servedObject(object: Applied, { mesh }: Control): KubeObject {
  const served = describeServed(object, mesh.rules).raw as unknown as KubeObject
  return object.kind === 'Namespace' ? asNamespace(served) : served
}

/** What is wrong with these, as far as they are rules. */
export function warningsAbout(objects: readonly KubeObject[], { mesh: { rules } }: Control): Notice[] {
  const wanted = new Set(objects.map(({ metadata }) => metadata['uid']))
  return rules.objects.filter(({ uid }) => wanted.has(uid)).flatMap((object) => withRemedies(noticesAbout(object, rules.warnings)))
}

/** Events and current warnings of one object. */
export function eventsOf({ mesh }: Control, resource: string, namespace: string, name: string): ObjectEvent[] {
  const [kind] = kindsNamed(resource)
  if (kind?.kind === 'Pod') {
    const death = mesh.fleet.replicas.find(({ pod }) => pod.name === name)?.pod.lastDeath
    return death ? [{ type: 'Warning', reason: 'BackOff', message: `the process ended: ${death.how}`, at: death.at }] : []
  }
  const object = mesh.rules.objects.find(
    (each) => isOfResource(each, resource) && (each.namespace === '' || each.namespace === namespace) && each.name === name,
  )
  if (!object) return []
  const { file, document } = object.source
  const where = whereIs(object)
  const warnings = withRemedies(noticesAbout(object, mesh.rules.warnings))
  return [
    { type: 'Normal', reason: 'Applied', message: `from ${file}, document ${document}`, at: object.appliedAt },
    ...warnings.map((warning) => ({
      type: 'Warning' as const,
      reason: 'Rule',
      message: [warning.where.slice(where.length + 1), warning.message].filter((part) => part !== '').join(': '),
      at: object.appliedAt,
    })),
  ]
}
