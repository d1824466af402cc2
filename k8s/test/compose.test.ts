/** docker-compose.yml: its images, its hardening, and the same topology as Kubernetes has. */
import { apps } from '@bookinfo/tools/images-bundle'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { find, root } from './manifests.ts'

interface Service {
  image: string
  user: string
  read_only: boolean
  cap_drop: string[]
  security_opt: string[]
  mem_limit: string
  environment?: Record<string, string>
  ports?: string[]
  profiles?: string[]
  configs?: { source: string; target: string }[]
  depends_on?: Record<string, { condition: string }> | string[]
  networks?: { default: { aliases: string[] } }
}

const compose = parse(readFileSync(`${root}../docker-compose.yml`, 'utf8'), { merge: true }) as {
  services: Record<string, Service>
  configs: Record<string, { file?: string; content?: string }>
}
const services = Object.entries(compose.services)
const built = new Set(apps.map((app) => `\${PREFIX:-localhost}/bookinfo-${app}:\${VERSION:-0.1.0}`))

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

  test('is reached from this machine alone', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  test('depends on services and reads configs that exist', () => {
    const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})
    for (const name of needed) expect(Object.keys(compose.services)).toContain(name)
    for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs)).toContain(source)
  })
})

test.each(Object.entries(compose.configs).flatMap(([name, { file }]) => (file ? [[name, file]] : [])))(
  'config %s is the file %s of the manifests',
  (_name, file) => {
    expect(existsSync(`${root}../${file}`)).toBe(true)
  },
)

test.each(['reviews-v1', 'reviews-v2', 'reviews-v3'])('%s is configured as on Kubernetes, and answers to the name reviews', (name) => {
  const kubernetes = find('platform/kube/bookinfo.yaml', 'Deployment', name).spec.template.spec.containers[0].env
  const wanted = Object.fromEntries(kubernetes.map((one: { name: string; value: string }) => [one.name, one.value]))
  delete wanted.DRAIN_DELAY_MS
  expect(compose.services[name]?.environment).toMatchObject(wanted)
  expect(compose.services[name]?.networks).toEqual({ default: { aliases: ['reviews'] } })
})

test('Prometheus scrapes every workload', () => {
  const config = parse(compose.configs['prometheus']?.content ?? '')
  const workloads = services.filter(([, { image, profiles }]) => built.has(image) && !profiles).map(([name]) => `${name}:9080`)
  expect(config.scrape_configs[0].static_configs[0].targets.toSorted()).toEqual(workloads.sort())
})
