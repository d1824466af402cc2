/** The objects that a verb which changes something is about. */
import type { KubeObject } from '../control/kube-object.ts'
import { CliError } from './cli-error.ts'
import { fetchObjects, wantedBy } from './fetch-objects.ts'
import type { Typed } from './flag-reader.ts'
import { pluralOf } from './resource-words.ts'

export interface FoundObject {
  /** `virtualservices.networking.istio.io` */
  plural: string
  /** `virtualservice.networking.istio.io` */
  resource: string
  apiVersion: string
  kind: string
  namespace: string
  name: string
  /** It runs, and is not applied. */
  runs: boolean
  object: KubeObject
}

/** By `TYPE NAME…`, `TYPE/NAME…`, `TYPE -l LABELS`, `TYPE --all` or `-f FILE`. @throws CliError in kubectl's words for a missing object */
export async function findObjects(typed: Typed): Promise<FoundObject[]> {
  const wanted = await wantedBy(typed)
  if (wanted.length === 0)
    throw new CliError('error: You must provide one or more resources by argument or filename, such as vs reviews, vs/reviews or -f FILE')
  const labels = typed.text('selector') ?? ''
  if (wanted.some(({ name }) => name === undefined) && labels === '' && !typed.on('all'))
    throw new CliError('error: resource(s) were provided, but no name was specified')
  const fields = typed.knows('field-selector') ? (typed.text('field-selector') ?? '') : ''
  const { found, missing } = await fetchObjects(wanted, { labels, fields })
  if (missing.length > 0) throw new CliError(missing.join('\n'))
  return found.map(({ kind, object }) => ({
    plural: pluralOf(kind),
    resource: `${kind.singular}${kind.group && `.${kind.group}`}`,
    apiVersion: object.apiVersion,
    kind: kind.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    runs: kind.runs,
    object,
  }))
}
