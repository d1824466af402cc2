/** docker-compose.yml: valid by the Compose Specification, its images, its hardening, and the same application as on Kubernetes, with the mesh in its midst. */
import { imageNames } from '@bookinfo/tools/images'
import { images } from '@bookinfo/tools/images-bundle'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { appsOf, composeFile, workloadsOf } from './compose-file.ts'
import { find, root } from './manifests.ts'

const compose = composeFile()
const withDatabases = composeFile({ COMPOSE_PROFILES: 'db' })
const services = Object.entries(compose.services)
const { prefix, version } = imageNames()
const built = new Set(images.map((app) => `${prefix}/bookinfo-${app}:${version}`))

const schema = JSON.parse(readFileSync(`${root}compose-schema.json`, 'utf8'))
const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
const faults = (file: object) => {
  isValid(file)
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test('the file fits the schema of the Compose Specification', () => {
  expect(faults(compose)).toEqual([])
  expect(faults(withDatabases)).toEqual([])
})

test('a misspelled attribute is found', () => {
  const zipkin = { ...compose.services['zipkin'], mem_limits: '1g' }
  expect(faults({ ...compose, services: { ...compose.services, zipkin } })).toEqual([
    '/services/zipkin must NOT have unevaluated properties',
  ])
})

describe.each(services)('%s', (_name, service) => {
  test('runs an image that the bake file builds, or a public one with a fixed version', () => {
    if (!built.has(service.image)) expect(service.image).toMatch(/^docker\.io\/(library|openzipkin|prom|grafana)\/[a-z]+:v?\d+\.\d+\.\d+$/)
    else expect(service.image).toContain('bookinfo-')
  })

  test('is not root, cannot write or gain privileges, and has a limit', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.any(String),
    })
    expect(Number(service.user.split(':')[0])).toBeGreaterThan(0)
  })

  test('says whether it is well', () => {
    expect(service.healthcheck?.test[0]).toBe('CMD')
  })

  test('is reached only from this machine', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  test('depends on services and reads configs that exist', () => {
    for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(name)
    for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs)).toContain(source)
  })
})

test.each(Object.entries(compose.configs).flatMap(([name, { file }]) => (file ? [[name, file]] : [])))(
  'config %s is the file %s of the manifests',
  (_name, file) => {
    expect(existsSync(`${root}../${file}`)).toBe(true)
  },
)

test.each(['reviews-v1', 'reviews-v2', 'reviews-v3'])('%s is configured as on Kubernetes', (name) => {
  const kubernetes = find('platform/kube/bookinfo.yaml', 'Deployment', name).spec.template.spec.containers[0].env
  const wanted = Object.fromEntries(kubernetes.map((one: { name: string; value: string }) => [one.name, one.value]))
  delete wanted.DRAIN_DELAY_MS
  expect(compose.services[name]?.environment).toMatchObject(wanted)
})

test.each([
  ['without databases', compose, false],
  ['with databases', withDatabases, true],
])('the mesh routes to every workload that runs, %s', (_name, file, profiled) => {
  const running = appsOf(file, profiled).filter(({ app }) => app !== 'mesh')
  const routed = workloadsOf(file)
  expect(routed.map(({ address }) => address).toSorted()).toEqual(running.map(({ name }) => `${name}:9080`).toSorted())
  for (const { workload, address } of routed) {
    const { app, service } = running.find(({ name }) => address === `${name}:9080`)!
    expect(workload).toBe(service.hostname)
    expect(workload.startsWith(`${app}-${service.environment?.['SERVICE_VERSION']}`)).toBe(true)
  }
})

test('no workload calls another past the mesh, and each one has its own ports there', () => {
  const calls: Record<string, string[]> = { productpage: ['details', 'reviews', 'ratings'], reviews: ['ratings'] }
  const order = workloadsOf(withDatabases).map(({ workload }) => workload)
  for (const { app, service } of appsOf(withDatabases, true).filter(({ app: each }) => each !== 'mesh')) {
    const { environment = {} } = service
    if (environment['ENABLE_RATINGS'] === 'false') continue
    const wanted = (calls[app] ?? []).flatMap((called) => {
      const port = 21_000 + 10 * order.indexOf(service.hostname!) + ['*', 'details', 'reviews', 'ratings'].indexOf(called)
      const name = called.toUpperCase()
      return [
        [`${name}_HOSTNAME`, 'mesh'],
        [`${name}_SERVICE_PORT`, String(port)],
      ]
    })
    const addresses = Object.entries(environment).filter(([name]) => /_(HOSTNAME|SERVICE_PORT)$/.test(name))
    expect(Object.fromEntries(addresses)).toEqual(Object.fromEntries(wanted))
  }
})

test('the mesh opens when all workloads are ready, on ports that are the same inside and outside', () => {
  const { depends_on, ports, environment } = composeFile({ GATEWAY_PORT: '8181', CONSOLE_PORT: '20101' }).services['mesh']!
  const workloads = appsOf(compose).filter(({ app }) => app !== 'mesh')
  for (const { name } of workloads) expect(depends_on?.[name]).toEqual({ condition: 'service_healthy' })
  expect(ports).toEqual(['127.0.0.1:8181:8181', '127.0.0.1:20101:20101'])
  expect(environment).toMatchObject({ GATEWAY_PORT: '8181', CONSOLE_PORT: '20101', HOST: '0.0.0.0', OUTBOUND_PORT: '21000' })
})

test('everything that makes spans sends them to the Zipkin that is there', () => {
  for (const { service } of appsOf(withDatabases, true))
    expect(service.environment).toMatchObject({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/api/v2/spans',
    })
})

test('Prometheus scrapes every workload', () => {
  const config = parse(compose.configs['prometheus']?.content ?? '')
  const workloads = appsOf(compose).filter(({ app }) => app !== 'mesh')
  expect(config.scrape_configs[0].static_configs[0].targets.toSorted()).toEqual(workloads.map(({ name }) => `${name}:9080`).toSorted())
})
