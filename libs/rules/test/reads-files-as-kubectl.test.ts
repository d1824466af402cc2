import { expect, test } from 'vitest'
import { parseManifests } from '../src/manifests/parse-manifests.ts'

const one = (name: string) =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: ${name}\nspec:\n  hosts: [reviews]\n  http:\n  - route:\n    - destination: {host: reviews}\n`
const json = (name: string, indent?: string) =>
  JSON.stringify(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, annotations: { note: '}{ "\\' } },
      spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] },
    },
    undefined,
    indent,
  )
const names = (text: string) => parseManifests(text, 'a.yaml').objects.map(({ name }) => name)

test.each([
  ['with line ends of Windows', one('a').replaceAll('\n', '\r\n')],
  ['with a byte order mark', `\uFEFF${one('a')}`],
  ['with tabs after values', one('a').replaceAll(/(\w)\n/g, '$1\t\n')],
  ['with a directive of YAML 1.1', `%YAML 1.1\n---\n${one('a')}...\n`],
  ['in JSON', json('a')],
  ['in JSON with tabs and a byte order mark', `\uFEFF${json('a', '\t')}`],
  ['behind comments and separators', `# first\n---\n# second\n---\n${one('a')}`],
])('a manifest %s is read', (_, text) => {
  expect(names(text)).toEqual(['a'])
})

test.each([
  ['two files of Windows, joined', `\uFEFF${one('a')}---\r\n\uFEFF${one('b')}`],
  ['JSON line by line', `${json('a')}\n${json('b')}\n`],
  ['JSON without anything between', json('a', '  ') + json('b', '  ')],
  ['a List', `apiVersion: v1\nkind: List\nmetadata: {resourceVersion: "", selfLink: ""}\nitems: [${json('a')}, ${json('b')}]`],
  ['a List in a List', `apiVersion: v1\nkind: List\nitems: [${json('a')}, {apiVersion: v1, kind: List, items: [${json('b')}]}]`],
  [
    'a list of one kind',
    `apiVersion: networking.istio.io/v1\nkind: VirtualServiceList\nmetadata: {continue: "", resourceVersion: "1"}\nitems: [${json('a')}, ${json('b').replace('"kind":"VirtualService",', '')}]`,
  ],
])('%s: every object is read', (_, text) => {
  expect(names(text)).toEqual(['a', 'b'])
})

test('numbers are those of YAML 1.1, which Kubernetes reads', () => {
  const weights = (text: string) =>
    parseManifests(one('a').replace('{host: reviews}', `{host: reviews}\n      weight: ${text}`), 'a.yaml').objects[0]?.spec
  const weight = (value: number) => ({ http: [{ route: [{ weight: value }] }] })
  expect(weights('9_080')).toMatchObject(weight(9080))
  expect(weights('010')).toMatchObject(weight(8))
  expect(weights('+0b101')).toMatchObject(weight(5))
  expect(weights('0x1F')).toMatchObject(weight(31))
  expect(weights('089')).toMatchObject(weight(89))
  expect(weights('1e3')).toMatchObject(weight(1000))
})

// Every field that metadata has had, from Kubernetes 1.0 to 1.35.
const written = {
  uid: '3b0bd57d-0f9f-4b0c-8a51-5a0d6e2a1a7e',
  resourceVersion: '1',
  generation: 1,
  selfLink: '/apis/networking.istio.io/v1alpha3/namespaces/default/virtualservices/a',
  clusterName: '',
  generateName: 'a-',
  creationTimestamp: '2019-01-01T00:00:00Z',
  deletionTimestamp: null,
  deletionGracePeriodSeconds: 30,
  initializers: { pending: [{ name: 'a' }] },
  finalizers: ['a.example/b'],
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', uid: '1' }],
  managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } }],
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}\n' },
  namespace: '',
}

test.each(Object.entries(written))('metadata.%s of a dump is taken', (field, value) => {
  const dump = JSON.parse(json('a')) as { metadata: Record<string, unknown> }
  dump.metadata[field] = value
  const [object] = parseManifests(
    JSON.stringify({ ...dump, status: { conditions: [{ type: 'Reconciled', lastTransitionTime: null }] } }),
    'a.yaml',
  ).objects
  expect(object).toMatchObject({ name: 'a', namespace: 'default', spec: JSON.parse(json('a')).spec })
})

test('generateName does not replace a name', () => {
  expect(() => names(one('a').replace('name:', 'generateName:'))).toThrow(
    'metadata.name: is missing: what is applied needs a name, not generateName',
  )
})
