import { findKind, kinds, leftOut } from './kinds.ts'
import { labels, objectName } from './kinds/parts.ts'
import type { ManifestObject, Notice } from './manifest.ts'
import { ManifestError, whereIs } from './manifest.ts'
import type { FieldProblem } from './schema.ts'
import { map, object, refused, required, string, anything } from './schema.ts'
import { readYaml } from './yaml.ts'

// What kubectl writes of its own accord (`get -o yaml`) is taken and has no effect.
const metadata = object({
  name: required(objectName),
  namespace: objectName,
  labels,
  annotations: map(string()),
  generateName: refused('give it a name'),
  ...Object.fromEntries(
    [
      'uid',
      'resourceVersion',
      'generation',
      'creationTimestamp',
      'managedFields',
      'selfLink',
      'ownerReferences',
      'finalizers',
      'deletionTimestamp',
    ].map((name) => [name, anything]),
  ),
})
const envelope = object({
  apiVersion: required(string()),
  kind: required(string()),
  metadata: required(metadata),
  spec: anything,
  status: anything,
})

/**
 * Reads multi-document YAML (or JSON) and validates every object against the fields that the local mesh implements.
 * Objects without a namespace belong to `namespace` (kubectl's `-n`, `default` unless told).
 * Documents of Kubernetes' own kinds (Service, Deployment, …) give a notice and no object.
 * Throws ManifestError, and nothing else, whatever the text is.
 */
export const parseManifests = (text: string, file: string, namespace = 'default'): { objects: ManifestObject[]; notices: Notice[] } => {
  const objects: ManifestObject[] = []
  const notices: Notice[] = []
  const problems: Notice[] = []
  for (const { number: document, value } of readYaml(text, file)) {
    for (const each of itemsOf(value)) readObject(each, { file, document }, namespace, { objects, notices, problems })
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return { objects, notices }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The objects of a document: a List's items, or the document itself. */
const itemsOf = (value: unknown): unknown[] =>
  isMap(value) && value.kind === 'List' && value.apiVersion === 'v1' && Array.isArray(value.items) ? value.items : [value]

interface Result {
  objects: ManifestObject[]
  notices: Notice[]
  problems: Notice[]
}

const readObject = (
  value: unknown,
  source: ManifestObject['source'],
  defaultNamespace: string,
  { objects, notices, problems }: Result,
): void => {
  const document = `${source.file}#${source.document}`
  if (!isMap(value)) return void problems.push({ where: document, message: 'must be an object with apiVersion, kind and metadata' })
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return void problems.push({
      where: `${document} ${typeof apiVersion === 'string' ? 'kind' : 'apiVersion'}`,
      message: 'is missing or no string',
    })
  const meta = isMap(value.metadata) ? value.metadata : {}
  const name = typeof meta.name === 'string' ? meta.name.slice(0, 253) : '?'
  const namespace = typeof meta.namespace === 'string' ? meta.namespace.slice(0, 253) : defaultNamespace
  const where = whereIs({ source, kind: kind.slice(0, 80), namespace, name })
  const slash = apiVersion.indexOf('/')
  const [group, version] = slash === -1 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]

  const notice = leftOut(group, kind, value)
  if (notice !== undefined) return void notices.push({ where, message: `left out: ${notice}` })
  const found = findKind(group, version, kind)
  if (!found) return void problems.push({ where, message: unknownKind(apiVersion.slice(0, 80), group, kind.slice(0, 80)) })

  const faults: FieldProblem[] = []
  const { apiVersion: _, kind: _kind, metadata: _metadata, status: _status, ...flat } = value
  envelope.check(found.flat ? { apiVersion, kind, metadata: value.metadata } : value, '', faults)
  if (found.flat) found.spec.check(flat, '', faults)
  else if (value.spec === undefined && found.spec.rows('').length > 0) found.spec.check({}, 'spec', faults)
  else found.spec.check(value.spec, 'spec', faults)
  problems.push(...faults.map(({ path, message }) => ({ where: path === '' ? where : `${where} ${path}`, message })))
  if (faults.length > 0) return
  if (kind === 'RouteRule')
    notices.push({ where, message: 'RouteRule is the form of Istio 0.2: taken as the VirtualService that it became' })
  objects.push({
    source,
    apiVersion,
    kind,
    namespace,
    name,
    labels: (meta.labels ?? {}) as Record<string, string>,
    spec: found.flat ? flat : (value.spec ?? {}),
    raw: value,
  })
}

const unknownKind = (apiVersion: string, group: string, kind: string): string => {
  const known = kinds.find((each) => each.kind === kind && each.group === group) ?? kinds.find((each) => each.kind === kind)
  return known
    ? `${apiVersion} is no version of ${kind} that the local mesh implements: ${known.versions.map((each) => `${known.group}/${each}`).join(', ')}`
    : `kind ${kind} of ${apiVersion} is not supported by the local mesh`
}
