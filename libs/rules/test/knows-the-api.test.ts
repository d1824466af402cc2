/** Against the schemas that a real API server publishes (k8s/schemas.json). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fieldTable, kinds } from '../src/manifests/kinds.ts'

interface Published {
  $ref?: string
  allOf?: Published[]
  properties?: Record<string, Published>
  items?: Published
  additionalProperties?: Published | boolean
  enum?: (string | number)[]
}
const { kinds: names, components } = JSON.parse(readFileSync(new URL('../../../k8s/schemas.json', import.meta.url), 'utf8')) as {
  kinds: Record<string, string>
  components: { schemas: Record<string, Published> }
}

const resolved = (schema: Published): Published => {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined)
  return reference === undefined ? schema : resolved(components.schemas[reference.split('/').at(-1)!]!)
}

/** What stands nowhere in the table: fields, and values of fields, of one kind. */
const missing = (kind: string, group: string, schema: Published): string[] => {
  const rows = fieldTable().filter((row) => row.kind === kind && row.group === group)
  const walk = (given: Published, path: string): string[] => {
    const row = rows.find((each) => each.path === path)
    if (row?.refused !== undefined) return []
    const below = rows.some((each) => ['.', '[]', ' = '].some((mark) => each.path.startsWith(path + mark)))
    if (path !== '' && !row && !below) return [path]
    const { properties = {}, items, additionalProperties, enum: values = [] } = resolved(given)
    return [
      ...values
        .map((value) => (value === '' ? '""' : String(value)))
        .filter((value) => row && !row.type.split(' | ').includes(value) && !rows.some((each) => each.path === `${path} = ${value}`))
        .map((value) => `${path} = ${value}`),
      ...Object.entries(properties).flatMap(([name, each]) => walk(each, path === '' ? name : `${path}.${name}`)),
      ...(items ? walk(items, `${path}[]`) : []),
      ...(typeof additionalProperties === 'object' ? walk(additionalProperties, `${path}.*`) : []),
    ]
  }
  const { apiVersion: _, kind: _kind, metadata: _metadata, status: _status, ...properties } = resolved(schema).properties ?? {}
  return walk({ properties }, '')
}

const published = kinds.flatMap(({ kind, group, versions }) => {
  const name = names[`${group === '' ? '' : `${group}/`}${versions[0]} ${kind}`]
  return name === undefined ? [] : [{ kind, group, schema: components.schemas[name]! }]
})

test('most kinds are among the published ones', () => {
  expect(published.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'AuthorizationPolicy', 'HTTPRoute', 'Secret']),
  )
})

test.each(published)('each field of $kind ($group), and each of its values, is supported or refused by name', ({ kind, group, schema }) => {
  expect(missing(kind, group, schema)).toEqual([])
})

test('no field is refused as unknown to the API', () => {
  const reasons = fieldTable().flatMap(({ path, refused }) => (refused === undefined ? [] : [`${path}: ${refused}`]))
  expect(reasons.filter((reason) => /not in the API|not a field|unknown|does not exist/.test(reason))).toEqual([])
})
