import { Certificate, ClusterIssuer } from '@kubernetes-models/cert-manager/cert-manager.io/v1'
import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { files, load, root, type Manifest } from './manifests.ts'

const { kinds, components } = JSON.parse(readFileSync(`${root}schemas.json`, 'utf8')) as {
  kinds: Record<string, string>
  components: object
}
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false }).addSchema({ $id: 'cluster', components })

/** What is wrong with an object, by the schema of its kind. */
function faults(object: Manifest): string[] {
  const schema = kinds[`${object.apiVersion} ${object.kind}`]
  if (!schema) throw new Error(`no schema for ${object.apiVersion} ${object.kind}: run \`npm run k8s:schemas\` against a cluster`)
  const validate = ajv.getSchema(`cluster#/components/schemas/${schema}`)
  if (!validate) throw new Error(`schemas.json lacks ${schema}`)
  return validate(object)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
}

// Kinds that the cluster of schemas.json does not know: their own projects check them.
const elsewhere = new Set(['platform/kube/bookinfo-certificate.yaml', 'addons/mesh-config.yaml'])

test.each(files.filter((file) => !elsewhere.has(file)))('%s fits the schemas of Kubernetes, Istio and the Gateway API', (file) => {
  for (const object of load(file)) expect(faults(object)).toEqual([])
})

test('bookinfo-certificate.yaml fits the schemas of cert-manager', () => {
  const [issuer, certificate] = load('platform/kube/bookinfo-certificate.yaml') as [never, never]
  expect(() => new ClusterIssuer(issuer).validate()).not.toThrow()
  expect(() => new Certificate(certificate).validate()).not.toThrow()
})

test('a misspelled field is found', () => {
  const [service] = load('platform/kube/bookinfo-ratings-discovery.yaml') as [Manifest]
  expect(faults({ ...service, spec: { ...service.spec, selectors: {} } })).toEqual([
    '/spec must NOT have additional properties {"additionalProperty":"selectors"}',
  ])
})

test('a misspelled field of an Istio rule is found', () => {
  const [rule] = load('networking/virtual-service-reviews-v3.yaml') as [Manifest]
  expect(faults({ ...rule, spec: { ...rule.spec, gateway: ['mesh'] } })).toHaveLength(1)
})
