/**
 * What docker-compose.yml says, as processes: its environment, health checks, start order, names and ports (each service at a loopback address of
 * its own, published ports on this machine's), the bundles that its images hold, the real Zipkin, and the real Prometheus with its configuration.
 */
import { bundle } from '@bookinfo/tools/images-bundle'
import { run } from '@bookinfo/tools/k8s-run'
import { freePort } from '@bookinfo/tools/service-process'
import { startZipkin, type ZipkinServer } from '@bookinfo/tools/zipkin-server'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appsOf, composeFile, type ComposeFile } from '../test/compose-file.ts'
import { publish } from './compose/publish.ts'
import { eventually } from '@bookinfo/tools/eventually'
import { knownEnv } from '@bookinfo/tools/known-env'
import { startPrometheus } from './support/prometheus.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const hostsModule = new URL('compose/hosts.mjs', import.meta.url).href

let compose: ComposeFile
/** Loopback address of each service. */
const addresses: Record<string, string> = {}
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-compose-'))
const hostsFile = join(folder, 'hosts.json')
/** Services in the order in which they were started. */
const started: string[] = []
const running = new Map<string, ChildProcess>()
const unpublish: (() => void)[] = []
let zipkin: ZipkinServer
let prometheus: { url: string; stop: () => Promise<void> }
let ports: { GATEWAY_PORT: string; CONSOLE_PORT: string }
let page: string
let control: string

/** The environment of a service's container: what the file says, with its own localhost and the names of all services. */
function environmentOf(name: string): Record<string, string> {
  const { environment = {}, hostname = name } = compose.services[name]!
  const address = addresses[name]!
  const entries = Object.entries(environment).map(([key, value]) => [key, value.replace('zipkin:9411', new URL(zipkin.url).host)])
  return knownEnv({
    ...Object.fromEntries(entries),
    HOSTNAME: hostname,
    // The address that stands for the container's own: all others listen on 9080 as well.
    HOST: address,
    NODE_OPTIONS: `--import ${hostsModule}`,
    COMPOSE_HOSTS: hostsFile,
    COMPOSE_ADDRESS: address,
  })
}

/** Gives a service an address, and writes it for all services. */
function place(name: string, address: string) {
  addresses[name] = address
  // Renamed in one step: another process may be reading.
  writeFileSync(`${hostsFile}.new`, JSON.stringify(addresses))
  renameSync(`${hostsFile}.new`, hostsFile)
}

/** Starts a service once those that it depends on are as they should be. */
async function start(name: string): Promise<void> {
  if (started.includes(name)) return
  const { depends_on = {}, ports: published = [] } = compose.services[name]!
  for (const [needed, { condition }] of Object.entries(depends_on)) {
    if (!addresses[needed]) continue
    await start(needed)
    if (condition === 'service_healthy') await healthy(needed)
  }
  started.push(name)
  launch(name)
  for (const port of published) unpublish.push(await publish(port, addresses[name]!))
}

function launch(name: string) {
  const { app } = appsOf(compose).find((each) => each.name === name)!
  const main = `${root}dist/images/${app}/main.js`
  running.set(name, spawn(process.execPath, [main], { env: environmentOf(name), stdio: ['ignore', 'ignore', 'inherit'] }))
}

async function kill(name: string) {
  const child = running.get(name)
  child?.kill('SIGKILL')
  if (child) await once(child, 'exit')
}

/** Runs the health check of the file until it says yes. */
async function healthy(name: string): Promise<void> {
  const [, program, ...args] = compose.services[name]!.healthcheck!.test
  expect(program).toBe('/nodejs/bin/node')
  await eventually(async () => {
    const check = spawn(process.execPath, args, { env: environmentOf(name), stdio: ['ignore', 'ignore', 'inherit'] })
    const [exitCode] = (await once(check, 'exit')) as [number | null]
    if (exitCode !== 0) throw new Error(`${name} is not healthy`)
  })
}

/** `npx bookinfo`, on the machine of the user. */
const bookinfo = async (...args: string[]) =>
  (await run(process.execPath, [`${root}apps/mesh/src/cli.ts`, ...args], { cwd: root, env: ports })).stdout

beforeAll(async () => {
  ports = { GATEWAY_PORT: String(await freePort()), CONSOLE_PORT: String(await freePort()) }
  page = `http://localhost:${ports.GATEWAY_PORT}`
  control = `http://localhost:${ports.CONSOLE_PORT}`
  compose = composeFile(ports)
  const ours = appsOf(compose)
  for (const [index, { name }] of ours.entries()) place(name, `127.77.0.${index + 1}`)
  for (const app of new Set(ours.map(({ app: each }) => each))) await bundle(app)
  zipkin = await startZipkin()
  for (const { name } of ours) await start(name)
  for (const { name } of ours) await healthy(name)
  const config = compose.configs['prometheus']!.content!
  prometheus = await startPrometheus(config.replaceAll(/([\w-]+):9080/g, (_match, name: string) => `${addresses[name]}:9080`))
})
afterAll(async () => {
  for (const close of unpublish) close()
  for (const name of running.keys()) await kill(name)
  await prometheus?.stop()
  await zipkin?.stop()
  rmSync(folder, { recursive: true })
})

/** Workloads that gave the reviews of so many pages. */
async function reviewers(pages: number): Promise<string[]> {
  const seen = new Set<string>()
  for (let i = 0; i < pages; i++) {
    const answer = await fetch(`${page}/api/v1/products/0/reviews`)
    expect(answer.status).toBe(200)
    seen.add(((await answer.json()) as { podname: string }).podname)
  }
  return [...seen].toSorted()
}

test('the mesh is started last, when all workloads are ready', () => {
  expect(started.at(-1)).toBe('mesh')
  expect(started).toHaveLength(7)
})

test("the page comes whole through the mesh's gateway", async () => {
  const { answer, text } = await eventually(async () => {
    const asked = performance.now()
    const response = await fetch(`${page}/productpage`)
    const whole = { answer: response, text: await response.text() }
    // Else productpage may have given up on a service of a starved machine.
    expect(performance.now() - asked).toBeLessThan(3000)
    return whole
  })
  expect(answer.headers.get('server')).toBe('istio-envoy')
  expect(text).toContain('<title>Simple Bookstore App</title>')
  expect(text).not.toContain('currently unavailable')
  // The console may show it in a frame.
  expect(answer.headers.get('content-security-policy')).toContain(control)
})

test('without a rule all three versions of reviews answer', async () => {
  expect(await reviewers(40)).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
})

test('a rule that is applied by its file moves the traffic, and back', async () => {
  const files = ['-f', 'k8s/networking/destination-rule-all.yaml', '-f', 'k8s/networking/virtual-service-reviews-v3.yaml']
  expect(await bookinfo('apply', ...files)).toContain('virtualservice.networking.istio.io/reviews created')
  expect(await reviewers(30)).toEqual(['reviews-v3'])
  await bookinfo('delete', ...files)
  expect(await reviewers(40)).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
})

test("one page is one whole trace of the mesh's and the services' spans", async () => {
  await bookinfo('apply', '-f', 'k8s/networking/destination-rule-all.yaml', '-f', 'k8s/networking/virtual-service-reviews-v3.yaml')
  const traceId = crypto.randomUUID().replaceAll('-', '')
  await (await fetch(`${page}/productpage`, { headers: { b3: `${traceId}-${traceId.slice(16)}-1` } })).text()
  await bookinfo('delete', '-f', 'k8s/networking/destination-rule-all.yaml', '-f', 'k8s/networking/virtual-service-reviews-v3.yaml')
  // Gateway and four hops of two spans each; four services, three of whose calls are seen from inside too.
  const spans = await zipkin.trace(traceId, 16)
  const from = (proxy: boolean) => spans.filter(({ tags }) => (tags['component'] === 'proxy') === proxy)
  const services = (some: typeof spans) => [...new Set(some.map(({ localEndpoint }) => localEndpoint.serviceName))].toSorted()
  expect([from(true).length, from(false).length]).toEqual([9, 7])
  expect(services(from(true))).toEqual(['details', 'istio-ingressgateway', 'productpage', 'ratings', 'reviews'])
  expect(services(from(false))).toEqual(['details', 'productpage', 'ratings', 'reviews'])
  const ids = new Set([...spans.map(({ id }) => id), traceId.slice(16)])
  expect(spans.filter(({ parentId }) => !ids.has(parentId ?? ''))).toEqual([])
  const pods = from(true).flatMap(({ tags }) => tags['istio.mesh_pod'] ?? [])
  expect(pods.toSorted()).toEqual(['details:9080', 'productpage:9080', 'ratings:9080', 'reviews-v3:9080'])
})

test('Prometheus scrapes all six workloads', async () => {
  await eventually(async () => {
    const query = new URLSearchParams({ query: 'count by (service, version) (http_request_duration_seconds_count)' })
    const { data } = (await (await fetch(`${prometheus.url}/api/v1/query?${query.toString()}`)).json()) as any
    const found = data.result.map(({ metric }: any) => `${metric.service} ${metric.version}`).sort()
    expect(found).toEqual(['details v1', 'productpage v1', 'ratings v1', 'reviews v1', 'reviews v2', 'reviews v3'])
  })
})

test('the console answers on the published port, and says where traces are for people', async () => {
  expect((await fetch(`${control}/`)).headers.get('content-type')).toContain('text/html')
  expect(((await (await fetch(`${control}/api/library`)).json()) as unknown[]).length).toBeGreaterThan(20)
  expect(await (await fetch(`${control}/api/status`)).json()).toMatchObject({
    gateway: page,
    console: control,
    zipkin: 'http://localhost:9411',
    startsPods: false,
  })
})

test('another container that asks the control API by its name is refused', async () => {
  const asked = `fetch('http://mesh:${ports.CONSOLE_PORT}/api/status').then(({ status }) => process.exit(status === 403 ? 0 : 1))`
  await run(process.execPath, ['-e', asked], { env: environmentOf('details') })
})

test('a container that dies is down, the page goes on, and it is back when it is started again, at another address', async () => {
  const phase = async () => /reviews-v2 +reviews-v2:9080 +(\w+)/.exec(await bookinfo('status'))?.[1]
  await kill('reviews-v2')
  await eventually(async () => expect(await phase()).toBe('waiting'))
  expect(await reviewers(30)).toEqual(['reviews-v1', 'reviews-v3'])
  place('reviews-v2', '127.77.1.1')
  launch('reviews-v2')
  await eventually(async () => expect(await phase()).toBe('ready'))
  expect(await reviewers(40)).toContain('reviews-v2')
})

test('what it did not start the mesh does not kill', async () => {
  await expect(bookinfo('kill', 'reviews-v3')).rejects.toThrow('was not started by this mesh')
})
