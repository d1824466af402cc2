/**
 * Writes `k8s/schemas.json`, by which manifests are checked without a cluster: the schemas of every kind that they use and of every kind
 * of the Gateway API that the local mesh reads, made strict. Kubernetes' and Istio's are those that the API server of the current
 * kubeconfig publishes; the Gateway API's come from the definitions in its Go module.
 *     node tools/src/k8s-schemas.ts
 *     node tools/src/k8s-schemas.ts --gateway-api    # needs no cluster: only these are renewed
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { run } from './k8s-run.ts'

const k8s = fileURLToPath(new URL('../../k8s/', import.meta.url))

interface Schema {
  [key: string]: unknown
}
interface Definition {
  spec: {
    names: { kind: string }
    versions: { name: string; schema: { openAPIV3Schema: Schema & { properties: Record<string, Schema> } } }[]
  }
}
interface OpenApi {
  components: { schemas: Record<string, Schema> }
}

/** Kinds of other projects, which a cluster with Istio does not know: checked by their own schemas, or by their own tools. */
const elsewhere = ['cert-manager.io/', 'install.istio.io/', 'kustomize.config.k8s.io/']

const gatewayApi = 'gateway.networking.k8s.io'
/** The version that Istio 1.31 is built with. */
const gatewayApiModule = 'sigs.k8s.io/gateway-api@v1.6.1'
/** Kinds that the local mesh reads, whether or not a manifest uses them. */
const gatewayApiKinds = new Set(['Gateway', 'HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'BackendTLSPolicy', 'ReferenceGrant'])

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

const onlyGatewayApi = process.argv.includes('--gateway-api')
const before = JSON.parse(readFileSync(`${k8s}schemas.json`, 'utf8')) as { kinds: Record<string, string> } & OpenApi
const kinds: Record<string, string> = onlyGatewayApi ? before.kinds : {}
const schemas: Record<string, Schema> = onlyGatewayApi ? before.components.schemas : {}

if (!onlyGatewayApi) {
  const published = new Map<string, OpenApi>()
  for (const used of kindsInUse().filter((kind) => !kind.startsWith(gatewayApi))) await takePublished(used, published)
}
await takeGatewayApi()

const sorted = <Value>(record: Record<string, Value>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(`${k8s}schemas.json`, `${JSON.stringify({ kinds: sorted(kinds), components: { schemas: sorted(schemas) } })}\n`)

async function takePublished(used: string, published: Map<string, OpenApi>): Promise<void> {
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

/** Under the names and with the metadata that an API server publishes them with. */
async function takeGatewayApi(): Promise<void> {
  const { Dir } = JSON.parse((await run('go', ['mod', 'download', '-json', gatewayApiModule])).stdout) as { Dir: string }
  const files = globSync('config/crd/standard/*.yaml', { cwd: Dir })
  const objects = files.flatMap((file) => parseAllDocuments(readFileSync(`${Dir}/${file}`, 'utf8')).map((document) => document.toJS()))
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition') as Definition[]
  for (const { spec } of definitions.filter((each) => gatewayApiKinds.has(each.spec.names.kind))) {
    const { schema } = spec.versions.find(({ name }) => name === 'v1')!
    const { properties } = schema.openAPIV3Schema
    const metadata = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }
    const name = `io.k8s.networking.gateway.v1.${spec.names.kind}`
    kinds[`${gatewayApi}/v1 ${spec.names.kind}`] = name
    schemas[name] = strict({ ...schema.openAPIV3Schema, properties: { ...properties, metadata } })
  }
}
