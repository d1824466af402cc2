/** Names, labels and ports that tutorials, scripts and dashboards written for Bookinfo rely on. */
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { find, load, names, root } from './manifests.ts'

const kube = (...files: string[]) => files.map((file) => `platform/kube/${file}`)
const application = 'platform/kube/bookinfo.yaml'

test.each([
  ...kube(
    'bookinfo.yaml',
    'bookinfo-versions.yaml',
    'bookinfo-psa.yaml',
    'bookinfo-dualstack.yaml',
    'bookinfo-db.yaml',
    'bookinfo-mysql.yaml',
  ),
  ...kube('bookinfo-ratings-v2.yaml', 'bookinfo-ratings-v2-mysql.yaml', 'bookinfo-ratings-v2-mysql-vm.yaml', 'bookinfo-details.yaml'),
  ...kube('bookinfo-details-v2.yaml', 'bookinfo-ratings.yaml', 'bookinfo-ratings-discovery.yaml', 'bookinfo-reviews-v2.yaml'),
  ...kube('bookinfo-details-dualstack.yaml', 'bookinfo-ratings-dualstack.yaml', 'bookinfo-ratings-discovery-dualstack.yaml'),
  ...kube('bookinfo-ingress.yaml', 'bookinfo-certificate.yaml', 'productpage-nodeport.yaml', 'cleanup.sh'),
  ...['bookinfo-gateway', 'certmanager-gateway', 'destination-rule-all', 'destination-rule-all-mtls', 'destination-rule-reviews'].map(
    (name) => `networking/${name}.yaml`,
  ),
  ...['egress-rule-google-apis', 'fault-injection-details-v1'].map((name) => `networking/${name}.yaml`),
  ...['all-v1', 'details-v2', 'ratings-db', 'ratings-mysql', 'ratings-mysql-vm', 'ratings-test-abort', 'ratings-test-delay'].map(
    (name) => `networking/virtual-service-${name}.yaml`,
  ),
  ...['50-v3', '80-20', '90-10', 'jason-v2-v3', 'test-v2', 'v2-v3', 'v3'].map((name) => `networking/virtual-service-reviews-${name}.yaml`),
  ...['bookinfo-gateway', 'route-all-v1', 'route-reviews-50-v3', 'route-reviews-90-10', 'route-reviews-v1', 'route-reviews-v3'].map(
    (name) => `gateway-api/${name}.yaml`,
  ),
  'policy/productpage_envoy_ratelimit.yaml',
])('%s is where tutorials look for it', (file) => {
  expect(existsSync(root + file)).toBe(true)
})

test('bookinfo.yaml holds the four services, their accounts and the six workloads', () => {
  expect(names(application)).toEqual([
    'Deployment details-v1',
    'Deployment productpage-v1',
    'Deployment ratings-v1',
    'Deployment reviews-v1',
    'Deployment reviews-v2',
    'Deployment reviews-v3',
    'Service details',
    'Service productpage',
    'Service ratings',
    'Service reviews',
    'ServiceAccount bookinfo-details',
    'ServiceAccount bookinfo-productpage',
    'ServiceAccount bookinfo-ratings',
    'ServiceAccount bookinfo-reviews',
  ])
})

test.each(['productpage', 'details', 'reviews', 'ratings'])('Service %s has the labels and the port', (name) => {
  const { metadata, spec } = find(application, 'Service', name)
  expect(metadata.labels).toMatchObject({ app: name, service: name })
  expect(spec).toMatchObject({ selector: { app: name }, ports: [{ name: 'http', port: 9080 }] })
  expect(spec.ports).toHaveLength(1)
})

test.each(['productpage', 'details', 'reviews', 'ratings'])('ServiceAccount bookinfo-%s is labelled with its service', (name) => {
  expect(find(application, 'ServiceAccount', `bookinfo-${name}`).metadata.labels).toMatchObject({ account: name })
})

test.each([
  ['productpage', 'v1'],
  ['details', 'v1'],
  ['ratings', 'v1'],
  ['reviews', 'v1'],
  ['reviews', 'v2'],
  ['reviews', 'v3'],
])('Deployment %s-%s has the labels, the account, the container and the port', (name, version) => {
  const { metadata, spec } = find(application, 'Deployment', `${name}-${version}`)
  expect(metadata.labels).toMatchObject({ app: name, version })
  expect(spec.selector).toEqual({ matchLabels: { app: name, version } })
  expect(spec.template.metadata.labels).toMatchObject({ app: name, version })
  expect(spec.template.spec.serviceAccountName).toBe(`bookinfo-${name}`)
  expect(spec.template.spec.containers).toMatchObject([{ name, ports: [{ containerPort: 9080 }] }])
  expect(spec.template.spec.containers[0].env).toContainEqual({ name: 'SERVICE_VERSION', value: version })
})

test.each([
  ['v1', { ENABLE_RATINGS: 'false' }],
  ['v2', { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' }],
  ['v3', { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' }],
])('reviews %s is a configuration of one image', (version, environment) => {
  const [container] = find(application, 'Deployment', `reviews-${version}`).spec.template.spec.containers
  const env = Object.fromEntries(container.env.map(({ name, value }: { name: string; value: string }) => [name, value]))
  expect(env).toMatchObject(environment)
  expect(container.image).toBe(find(application, 'Deployment', 'reviews-v1').spec.template.spec.containers[0].image)
})

test.each([
  ['bookinfo-versions.yaml', ['reviews-v1', 'reviews-v2', 'reviews-v3', 'productpage-v1', 'ratings-v1', 'details-v1']],
  ['bookinfo-versions-optional.yaml', ['details-v2', 'ratings-v2', 'ratings-v2-mysql', 'ratings-v2-mysql-vm']],
])('%s has a Service for each version', (file, expected) => {
  expect(load(`platform/kube/${file}`).map(({ metadata }) => metadata.name)).toEqual(expected)
  for (const { metadata, spec } of load(`platform/kube/${file}`)) {
    const [app, ...version] = metadata.name.split('-')
    expect(spec).toMatchObject({ selector: { app, version: version.join('-') }, ports: [{ name: 'http', port: 9080 }] })
  }
})

test.each([
  ['bookinfo-db.yaml', ['ConfigMap mongodb-ratings', 'Deployment mongodb-v1', 'Service mongodb']],
  ['bookinfo-details.yaml', ['Deployment details-v1', 'Service details', 'ServiceAccount bookinfo-details']],
  ['bookinfo-details-v2.yaml', ['Deployment details-v2']],
  ['bookinfo-mysql.yaml', ['ConfigMap mysqldb-ratings', 'Deployment mysqldb-v1', 'Secret mysql-credentials', 'Service mysqldb']],
  ['bookinfo-ratings-discovery.yaml', ['Service ratings']],
  ['bookinfo-ratings-v2.yaml', ['Deployment ratings-v2', 'ServiceAccount bookinfo-ratings-v2']],
  ['bookinfo-ratings-v2-mysql.yaml', ['Deployment ratings-v2-mysql', 'ServiceAccount bookinfo-ratings-v2']],
  ['bookinfo-ratings-v2-mysql-vm.yaml', ['Deployment ratings-v2-mysql-vm', 'ServiceAccount bookinfo-ratings-v2']],
  ['bookinfo-reviews-v2.yaml', ['Deployment reviews-v2']],
  ['productpage-nodeport.yaml', ['Service productpage']],
])('%s holds what its name says', (file, expected) => {
  expect(names(`platform/kube/${file}`)).toEqual(expected)
})

test('the dual-stack form differs from the plain one only by the Services', () => {
  const plain = load(application).map((object) => {
    if (object.kind !== 'Service') return object
    return { ...object, spec: { ...object.spec, ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } }
  })
  expect(load('platform/kube/bookinfo-dualstack.yaml')).toEqual(plain)
})
