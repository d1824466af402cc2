import { findKind, kinds, leftOut, whyRefused } from './kinds.ts'
import { label, namespaceName, objectName, wrongNamespace } from './kinds/parts.ts'
import type { ManifestObject, Notice } from '../model/manifest.ts'
import { ManifestError, whereIs } from '../model/manifest.ts'
import type { FieldProblem } from './schema.ts'
import { map, object, required, string, anything } from './schema.ts'
import { readYaml } from './yaml.ts'

// Whatever any Kubernetes has written there (`get -o yaml`) is taken and has no effect.
const written = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
  'ownerReferences',
  'finalizers',
  'initializers',
  'clusterName',
  'generateName',
] as const
const metadataFields = object(
  {
    name: objectName,
    namespace: namespaceName,
    labels: map(label, ''),
    annotations: map(string(), ''),
    ...(Object.fromEntries(written.map((name) => [name, anything])) as Record<(typeof written)[number], typeof anything>),
  },
  ({ name, generateName }) => {
    if (name !== undefined) return undefined
    return { at: 'name', message: generateName === undefined ? 'is missing' : 'is missing: what is applied needs a name, not generateName' }
  },
)
const head = object(
  { apiVersion: required(string()), kind: required(string()), metadata: required(metadataFields) },
  ({ apiVersion, kind, metadata: { name = '' } }) => {
    const message = apiVersion === 'v1' && kind === 'Namespace' ? wrongNamespace(name) : undefined
    return message === undefined ? undefined : { at: 'metadata.name', message }
  },
)

/**
 * Reads multi-document YAML (or JSON) and validates every object against the fields that the local mesh implements.
 * Objects without a namespace belong to `namespace` (kubectl's `-n`, `default` by default).
 * Documents of Kubernetes' own kinds (Service, Deployment, …) give a notice and no object.
 * Throws ManifestError, and nothing else, whatever the text is.
 */
export const parseManifests = (text: string, file: string, namespace = 'default'): { objects: ManifestObject[]; notices: Notice[] } => {
  const objects: ManifestObject[] = []
  const notices: Notice[] = []
  const problems: Notice[] = []
  for (const { number: document, value } of readYaml(text, file)) {
    for (const { item, at } of itemsOf(value, '')) readObject(item, at, { file, document }, namespace, { objects, notices, problems })
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return { objects, notices }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The objects of a document: the document itself, or the items of a list, which may be lists again. `at` is the place of each. */
export const itemsOf = (value: unknown, at: string): { item: unknown; at: string }[] => {
  if (!isMap(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return [{ item: value, at }]
  const { apiVersion, kind, items } = value
  if (!Array.isArray(items)) return kind === 'List' && apiVersion === 'v1' && (items ?? null) === null ? [] : [{ item: value, at }]
  // Items of a typed list (VirtualServiceList) need not say again what they are.
  const ofList = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) }
  return items.flatMap((item, index) => itemsOf(isMap(item) ? { ...ofList, ...item } : item, ` items[${index}]`))
}

interface Result {
  objects: ManifestObject[]
  notices: Notice[]
  problems: Notice[]
}

const readObject = (
  value: unknown,
  at: string,
  source: ManifestObject['source'],
  defaultNamespace: string,
  { objects, notices, problems }: Result,
): void => {
  const document = `${source.file}#${source.document}${at}`
  if (!isMap(value)) return void problems.push({ where: document, message: 'must be an object with apiVersion, kind and metadata' })
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return void problems.push({ where: `${document} apiVersion`, message: 'is missing, empty or not a string' })
  if (typeof kind !== 'string' || kind === '')
    return void problems.push({ where: `${document} kind`, message: 'is missing, empty or not a string' })
  // The empty namespace is none.
  const metadata = isMap(value.metadata) && value.metadata.namespace === '' ? { ...value.metadata, namespace: null } : value.metadata
  const meta = isMap(metadata) ? metadata : {}
  const name = typeof meta.name === 'string' && meta.name !== '' ? meta.name.slice(0, 253) : '?'
  const slash = apiVersion.indexOf('/')
  const [group, version] = slash === -1 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]
  const found = findKind(group, version, kind)
  const namespace = found?.clusterWide ? '' : typeof meta.namespace === 'string' ? meta.namespace.slice(0, 253) : defaultNamespace
  const where = whereIs({ source, kind: kind.slice(0, 80), namespace, name })

  const notice = leftOut(group, kind, value)
  if (notice !== undefined) return void notices.push({ where, message: `left out: ${notice}` })
  if (!found) return void problems.push({ where, message: unknownKind(apiVersion.slice(0, 80), group, kind.slice(0, 80)) })

  const faults: FieldProblem[] = []
  const { apiVersion: _, kind: _kind, metadata: _metadata, status, ...rest } = value
  const raw: Record<string, unknown> = head.read({ apiVersion, kind, metadata }, '', faults)
  let spec: unknown
  if (found.flat) Object.assign(raw, (spec = found.spec.read(rest, '', faults)))
  else {
    spec = object({ spec: found.spec }).read({ ...rest, spec: rest.spec ?? {} }, '', faults).spec
    if ((rest.spec ?? null) !== null) raw.spec = spec
  }
  if ((status ?? null) !== null) raw.status = status
  problems.push(...faults.map(({ path, message }) => ({ where: path === '' ? where : `${where} ${path}`, message })))
  if (faults.length > 0) return
  if (kind === 'RouteRule') notices.push({ where, message: 'RouteRule is the format of Istio 0.2: converted to a VirtualService' })
  objects.push({
    source,
    apiVersion,
    kind,
    namespace,
    name,
    labels: (raw.metadata as { labels?: Record<string, string> }).labels ?? {},
    spec,
    raw,
  })
}

const unknownKind = (apiVersion: string, group: string, kind: string): string => {
  const known = kinds.find((each) => each.kind === kind && each.group === group) ?? kinds.find((each) => each.kind === kind)
  const why = whyRefused(group, kind)
  if (why !== undefined) return `kind ${kind} of ${apiVersion} is not supported by the local mesh: ${why}`
  return known
    ? `${apiVersion} is not a version of ${kind} that the local mesh implements: ${known.versions.map((each) => (known.group === '' ? each : `${known.group}/${each}`)).join(', ')}`
    : `kind ${kind} of ${apiVersion} is not supported by the local mesh`
}
