/**
 * Writes `k8s/schemas.json`: the schemas of every kind that the manifests use, as the API server of the current kubeconfig publishes them
 * (Kubernetes, Istio and Gateway API), made strict, so that manifests are checked without a cluster:
 *     node tools/src/k8s-schemas.ts
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { run } from './k8s-run.ts'

const k8s = fileURLToPath(new URL('../../k8s/', import.meta.url))

interface Schema {
  [key: string]: unknown
}
interface OpenApi {
  components: { schemas: Record<string, Schema> }
}

/** Kinds of other projects, which a cluster with Istio does not know: checked by their own schemas, or by their own tools. */
const elsewhere = ['cert-manager.io/', 'install.istio.io/', 'kustomize.config.k8s.io/']

/** `apiVersion kind` of every object in `k8s/`. */
function kindsInUse(): string[] {
  const files = globSync('{platform,networking,gateway-api,policy,security,addons,injection,kustomize}/**/*.yaml', { cwd: k8s })
  const objects = files.flatMap((file) => parseAllDocuments(readFileSync(k8s + file, 'utf8')).map((document) => document.toJS()))
  const kinds = objects.filter((object) => object?.apiVersion && object.kind).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  return [...new Set(kinds)].filter((kind) => !elsewhere.some((group) => kind.startsWith(group))).sort()
}

/** What only explains is dropped, and an object takes no property that its schema does not name. */
function strict(schema: Schema, structural = true): Schema {
  const [only, ...others] = (schema['allOf'] as Schema[] | undefined) ?? []
  if (only?.['$ref'] && others.length === 0) return { $ref: only['$ref'] }
  if (schema['x-kubernetes-int-or-string'] || schema['format'] === 'int-or-string') return { type: ['integer', 'string'] }
  const kept = Object.entries(schema).filter(
    ([key]) => !['description', 'default', 'example'].includes(key) && !key.startsWith('x-kubernetes'),
  )
  const inner = kept.map(([key, value]): [string, unknown] => {
    if (key === 'properties') return [key, mapValues(value as Record<string, Schema>, (item) => strict(item, structural))]
    if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object')) return [key, strict(value as Schema, structural)]
    if (['anyOf', 'oneOf', 'allOf'].includes(key)) return [key, (value as Schema[]).map((item) => strict(item, false))]
    if (key === 'not') return [key, strict(value as Schema, false)]
    return [key, value]
  })
  const open = schema['x-kubernetes-preserve-unknown-fields'] || !schema['properties'] || schema['additionalProperties'] || !structural
  return { ...Object.fromEntries(inner), ...(open ? {} : { additionalProperties: false }) }
}

const mapValues = <In, Out>(record: Record<string, In>, change: (value: In) => Out) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

const published = new Map<string, OpenApi>()
const kinds: Record<string, string> = {}
const schemas: Record<string, Schema> = {}

for (const used of kindsInUse()) {
  const [apiVersion = '', kind = ''] = used.split(' ')
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`
  const api = published.get(path) ?? (JSON.parse((await run('kubectl', ['get', '--raw', `/openapi/v3/${path}`])).stdout) as OpenApi)
  published.set(path, api)
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const isKind = (schema: Schema) =>
    (schema['x-kubernetes-group-version-kind'] as { group: string; version: string; kind: string }[] | undefined)?.some(
      (known) => known.group === group && known.version === version && known.kind === kind,
    )
  const name = Object.entries(api.components.schemas).find(([, schema]) => isKind(schema))?.[0]
  if (!name) throw new Error(`the cluster does not know ${used}`)
  kinds[used] = name
  take(name, api)
}

/** Adds a schema and all that it refers to. */
function take(name: string, api: OpenApi): void {
  const schema = api.components.schemas[name]
  if (schemas[name] || !schema) return
  schemas[name] = strict(schema)
  for (const [, next] of JSON.stringify(schemas[name]).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) take(next ?? '', api)
}

const ordered = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(`${k8s}schemas.json`, `${JSON.stringify({ kinds, components: { schemas: ordered } })}\n`)
