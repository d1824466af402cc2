/** The API server drops a key without a value before it looks at anything else, and so does the parser. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldTable } from '../src/manifests/kinds.ts'
import { ManifestError } from '../src/model/manifest.ts'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { everyKind, manifests } from './fields/every-kind.ts'
import { goal, rules, rulesFor } from './support.ts'

type Fields = Record<string, unknown>

const networking = 'networking.istio.io/v1'

const metadataKeys = ['namespace', 'labels', 'annotations', 'clusterName', 'creationTimestamp', 'managedFields', 'generateName']

/** Every place of an object where one of its kind's keys could stand and does not. */
const placesIn = (manifest: Fields): { map: Fields; key: string }[] => {
  const rows = fieldTable().filter(({ kind, group }) => kind === manifest.kind && String(manifest.apiVersion).startsWith(group))
  const known = (path: string): string[] => {
    const below = rows.flatMap((row) =>
      row.path.startsWith(`${path}.`) || path === '' ? [row.path.slice(path === '' ? 0 : path.length + 1)] : [],
    )
    return [...new Set(below.map((each) => each.replace(/[.[ ].*$/, '')))].map((each) => (each === '*' ? 'any-other' : each))
  }
  const walk = (value: unknown, path: string): { map: Fields; key: string }[] => {
    if (Array.isArray(value)) return value.flatMap((each) => walk(each, `${path}[]`))
    if (typeof value !== 'object' || value === null) return []
    const free = known(path).includes('any-other')
    return [
      ...known(path).flatMap((key) => (Object.hasOwn(value, key) ? [] : [{ map: value as Fields, key }])),
      ...Object.entries(value).flatMap(([key, each]) => walk(each, path === '' ? key : `${path}.${free ? '*' : key}`)),
    ]
  }
  const { apiVersion: _, kind: _kind, metadata, ...fields } = manifest
  return [
    ...walk(fields, '').map((place) => (place.map === fields ? { ...place, map: manifest } : place)),
    ...metadataKeys.flatMap((key) => (Object.hasOwn(metadata as Fields, key) ? [] : [{ map: metadata as Fields, key }])),
    { map: manifest, key: 'status' },
    // Of these maps the API server keeps the key, with an empty value.
  ].filter(({ map }) => map !== manifest.data && map !== manifest.stringData && map !== manifest.binaryData)
}

test('keys without a value, anywhere in any kind, change no object and no decision', async () => {
  expect(everyKind.filter(({ cases }) => cases.length === 0)).toEqual([])
  const written = fc
    .constantFrom(...manifests)
    .chain((one) => fc.record({ one: fc.constant(one), chosen: fc.subarray([...placesIn(one.manifest).keys()], { minLength: 1 }) }))
  await fc.assert(
    fc.asyncProperty(written, async ({ one: { manifest, each }, chosen }) => {
      const copy = JSON.parse(JSON.stringify(manifest)) as Fields
      const places = placesIn(copy)
      for (const index of chosen) places[index]!.map[places[index]!.key] = null
      expect(parseManifests(JSON.stringify(copy), 'a.yaml')).toEqual(parseManifests(JSON.stringify(manifest), 'a.yaml'))
      expect(await each.see(rulesFor(each.world ?? {}, copy, ...(each.others ?? [])))).toEqual(each.is)
    }),
    { numRuns: 300 },
  )
})

const problems = (text: string): string[] => {
  try {
    parseManifests(text, 'a.yaml')
    return []
  } catch (error) {
    return (error as ManifestError).problems.map(({ where, message }) => `${where.replace(/^.*default\/\S+ ?/, '')}: ${message}`)
  }
}
const virtualService = (http: string) =>
  `apiVersion: ${networking}\nkind: VirtualService\nmetadata:\n  name: a\n  labels:\nspec:\n  hosts: [reviews]\n  gateways:\n  http:\n${http}`

test('what a chart leaves behind is read', () => {
  const text = virtualService(
    [
      '  - match:',
      '    fault:',
      '    timeout: ~',
      '    delegate:',
      '    mirror: null',
      '    route:',
      '    - destination: {host: ratings, subset: }',
    ].join('\n'),
  )
  const { objects } = parseManifests(text, 'a.yaml')
  expect(objects[0]?.spec).toEqual({ hosts: ['reviews'], http: [{ route: [{ destination: { host: 'ratings' } }] }] })
  expect(objects[0]?.raw).toEqual({ apiVersion: networking, kind: 'VirtualService', metadata: { name: 'a' }, spec: objects[0]?.spec })
  expect(goal(rules(objects[0]!.raw))).toBe('ratings')
})

test('a header without a value in a match does not restrict it', () => {
  const { objects } = parseManifests(
    virtualService('  - match: [{headers: {end-user: , x: {exact: y}}}]\n    route: [{destination: {host: reviews}}]'),
    'a.yaml',
  )
  expect(objects[0]?.spec).toMatchObject({ http: [{ match: [{ headers: { x: { exact: 'y' } } }] }] })
})

test.each([
  [
    'a field that must be there',
    virtualService('  - route: [{destination: {host: }}]'),
    ['spec.http[0].route[0].destination.host: is missing'],
  ],
  ['an item of a list', virtualService('  - '), ['spec.http[0]: must be an object, is null']],
  [
    'a key that no field has',
    virtualService('  - mtach:\n    route: [{destination: {host: a}}]'),
    ['spec.http[0].mtach: is not a field of this kind'],
  ],
  [
    'a spec with a field that must be there',
    `apiVersion: ${networking}\nkind: VirtualService\nmetadata: {name: a}\nspec:`,
    ['spec.hosts: is missing'],
  ],
  ['metadata', `apiVersion: ${networking}\nkind: VirtualService\nmetadata:\nspec: {}`, ['metadata: is missing', 'spec.hosts: is missing']],
  ['kind', 'apiVersion: v1\nkind:', ['a.yaml#1 kind: is missing, empty or not a string']],
  [
    'an item of a List',
    'apiVersion: v1\nkind: List\nitems: [null]',
    ['a.yaml#1 items[0]: must be an object with apiVersion, kind and metadata'],
  ],
])('no value for %s is refused', (_, text, expected) => {
  expect(problems(text)).toEqual(expected)
})

test('in maps of Kubernetes itself it is the empty string', () => {
  const { objects } = parseManifests(
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {a: }, annotations: {b: }}\ndata: {tls.crt: , tls.key: }\nstringData: {ca.crt: }',
    'a.yaml',
  )
  expect(objects[0]).toMatchObject({
    labels: { a: '' },
    raw: { metadata: { annotations: { b: '' } }, data: { 'tls.crt': '', 'tls.key': '' }, stringData: { 'ca.crt': '' } },
  })
})

test.each([
  ['nothing', ''],
  ['comments', '# a\n# b\n'],
  ['separators', '---\n---\n'],
  ['null', 'null\n---\n~\n'],
  ['a List without items', 'apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ""}'],
  ['a List with items that have no value', 'apiVersion: v1\nkind: List\nitems:'],
])('a file of %s has no objects', (_, text) => {
  expect(parseManifests(text, 'a.yaml')).toEqual({ objects: [], notices: [] })
})
