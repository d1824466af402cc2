/** Workloads that others run (WORKLOADS): routed to, watched, and never started or ended. */
import { freeHundred } from '@bookinfo/tools/service-process'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { ConfigError } from '@bookinfo/contracts/environment'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMeshConfig } from '../src/config.ts'
import { startMesh, type Mesh } from '../src/mesh.ts'
import { Upstreams } from '../src/proxy/upstreams.ts'
import { RemotePod } from '../src/pods/remote-pod.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const names = ['productpage-v1', 'details-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3', 'ratings-v1']
const servers = new Map<string, Server>()
const unready = new Set<string>()
let small: SmallMesh
let outboundPort: number

/** A container: says that it is ready, and to everything else its name. */
async function serve(name: string, port = 0, host = '127.0.0.1'): Promise<number> {
  const server = createServer((incoming, response) => {
    response.setHeader('x-asked-for', incoming.headers.host ?? '')
    if (incoming.url === '/readyz' && unready.has(name)) response.statusCode = 503
    response.end(name)
  })
  server.listen(port, host)
  await once(server, 'listening')
  servers.set(name, server)
  return (server.address() as AddressInfo).port
}

async function end(name: string) {
  const server = servers.get(name)!
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

/** Outbound ports are fixed. */
async function onFreePorts<T>(start: (first: number) => Promise<T>): Promise<T> {
  for (let tries = 5; ; tries--) {
    outboundPort = await freeHundred()
    try {
      return await start(outboundPort)
    } catch (error) {
      if (tries === 0 || !(error instanceof ConfigError)) throw error
    }
  }
}

const remoteOf = (WORKLOADS: string, first: number, more: Record<string, string> = {}) => ({
  ...readMeshConfig({ WORKLOADS, OUTBOUND_PORT: String(first), ...more }).remote!,
  probeEveryMs: 20,
})

beforeAll(async () => {
  const addresses: string[] = []
  for (const name of names) addresses.push(`${name}=localhost:${await serve(name)}`)
  small = await onFreePorts((first) => startSmallMesh({ remote: remoteOf(addresses.join(', '), first) }))
})
afterAll(async () => {
  await small.stop()
  for (const server of servers.values()) server.close()
})

/** Port of a workload's listener for a service, by the documented scheme. */
const portOf = (workload: string, service: 'any' | 'details' | 'reviews' | 'ratings') =>
  outboundPort + 10 * names.indexOf(workload) + ['any', 'details', 'reviews', 'ratings'].indexOf(service)

function get(port: number, headers: Record<string, string> = {}, path = '/'): Promise<{ status: number; body: string; askedFor: string }> {
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path, headers, agent: false }, (answer: IncomingMessage) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body, askedFor: String(answer.headers['x-asked-for'] ?? '') }))
    })
      .on('error', reject)
      .end()
  })
}

async function answersOf(port: number, count: number) {
  const seen = new Set<string>()
  for (let i = 0; i < count; i++) seen.add((await get(port)).body)
  return [...seen].toSorted()
}

const workloadNow = async (name: string) => {
  const { workloads } = (await (await fetch(`${small.addresses.console}/api/status`)).json()) as {
    workloads: { name: string; ready: number; pods: { phase: string; restarts: number; lastDeath: { how: string } | null }[] }[]
  }
  return workloads.find((each) => each.name === name)!
}

test('the gateway leads to the productpage that runs elsewhere', async () => {
  expect(await get(small.mesh.gatewayPort, {}, '/productpage')).toMatchObject({ status: 200, body: 'productpage-v1' })
})

test('a caller is known by its port: every service has one, whatever the Host header says', async () => {
  expect(await answersOf(portOf('productpage-v1', 'reviews'), 40)).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
  expect(await get(portOf('productpage-v1', 'details'), { host: 'mesh:1' })).toEqual({
    status: 200,
    body: 'details-v1',
    askedFor: 'details:9080',
  })
  expect(await get(portOf('reviews-v3', 'any'), { host: 'ratings:9080' })).toMatchObject({ body: 'ratings-v1' })
})

test('a rule moves the traffic, and may go by who calls', async () => {
  const rule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v3, labels: {version: v3}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - match: [{sourceLabels: {app: productpage}}]
    route: [{destination: {host: reviews, subset: v3}}]
  - fault: {abort: {httpStatus: 418, percentage: {value: 100}}}
    route: [{destination: {host: reviews}}]
`
  expect((await small.bookinfo(['apply', '-f', '-'], rule)).code).toBe(0)
  expect(await answersOf(portOf('productpage-v1', 'reviews'), 20)).toEqual(['reviews-v3'])
  expect((await get(portOf('ratings-v1', 'any'), { host: 'reviews:9080' })).status).toBe(418)
  expect((await small.bookinfo(['delete', '-f', '-'], rule)).code).toBe(0)
})

test('a pod that is gone is down, gets no request, and is back when it answers again', async () => {
  const { port } = servers.get('reviews-v2')!.address() as AddressInfo
  await end('reviews-v2')
  await expect.poll(() => workloadNow('reviews-v2')).toMatchObject({ ready: 0, pods: [{ phase: 'waiting' }] })
  expect(await answersOf(portOf('productpage-v1', 'reviews'), 30)).toEqual(['reviews-v1', 'reviews-v3'])
  const { stdout } = await small.bookinfo(['status'])
  expect(stdout).toMatch(new RegExp(`reviews-v2 +localhost:${port} +waiting \\(connection refused\\) +0`))
  await serve('reviews-v2', port)
  await expect
    .poll(() => workloadNow('reviews-v2'))
    .toMatchObject({ ready: 1, pods: [{ phase: 'ready', restarts: 1, lastDeath: { how: 'connection refused' } }] })
  expect(await answersOf(portOf('productpage-v1', 'reviews'), 40)).toContain('reviews-v2')
})

test('a pod that says again and again that it is not ready is out until it is', async () => {
  unready.add('reviews-v1')
  await expect.poll(() => workloadNow('reviews-v1')).toMatchObject({ ready: 0, pods: [{ lastDeath: { how: 'GET /readyz: 503' } }] })
  expect(await answersOf(portOf('productpage-v1', 'reviews'), 30)).toEqual(['reviews-v2', 'reviews-v3'])
  unready.delete('reviews-v1')
  await expect.poll(() => workloadNow('reviews-v1')).toMatchObject({ ready: 1 })
})

test('a service whose only pod is gone has no healthy upstream', async () => {
  const { port } = servers.get('details-v1')!.address() as AddressInfo
  await end('details-v1')
  await expect.poll(() => workloadNow('details-v1')).toMatchObject({ ready: 0 })
  expect(await get(portOf('productpage-v1', 'details'))).toMatchObject({ status: 503, body: 'no healthy upstream' })
  await serve('details-v1', port)
  await expect.poll(() => workloadNow('details-v1')).toMatchObject({ ready: 1 })
})

test.each([
  ['scale', ['scale', 'reviews-v2', '--replicas=2'], 'reviews-v2'],
  ['restart', ['restart', 'reviews-v2'], 'reviews-v2'],
  ['kill', ['kill', 'reviews-v2'], String.raw`localhost:\d+`],
])('%s is refused with the reason, and touches nothing', async (_name, args, what) => {
  const { code, stderr } = await small.bookinfo(args)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    new RegExp(`^error: ${what} was not started by this mesh, which only routes to the addresses in WORKLOADS: do that where it runs\n$`),
  )
  expect(await workloadNow('reviews-v2')).toMatchObject({ ready: 1, pods: [{ phase: 'ready' }] })
})

test('logs are refused likewise', async () => {
  const [pod] = small.mesh.fleet.of('details-v1')
  expect((await small.bookinfo(['logs', pod!.pod.name])).stderr).toMatch(/^error: localhost:\d+ was not started by this mesh/)
})

test("a request for the mesh's own machine by its name does not go round", async () => {
  const port = portOf('reviews-v1', 'any')
  expect(await get(port, { host: `${hostname()}:${port}` })).toMatchObject({ status: 503, body: '' })
})

test('status and get say what the mesh can and cannot do', async () => {
  expect((await small.bookinfo(['status'])).stdout).toContain('The mesh did not start these workloads')
  expect((await small.bookinfo(['get', 'deployments'])).stdout).toMatch(/reviews-v2 +1\/1/)
})

test('spans name the pod by its own address', async () => {
  const traceId = '563ac35c9f6413ad48485a3953bb6124'
  await get(small.mesh.gatewayPort, { b3: `${traceId}-a2fb4a1d1a96d312-1` }, '/productpage')
  const { port } = servers.get('productpage-v1')!.address() as AddressInfo
  await expect
    .poll(() => small.store.trace(traceId)?.find(({ kind, localEndpoint }) => kind === 'SERVER' && localEndpoint?.port))
    .toMatchObject({
      localEndpoint: { serviceName: 'productpage', ipv4: '127.0.0.1', port },
    })
})

test('a pod that was never up has a reason, which is forgotten when it comes up: that is not a restart', async () => {
  const port = await serve('late')
  await end('late')
  const pod = new RemotePod({ host: 'localhost', port, everyMs: 20 })
  pod.start()
  await expect.poll(() => pod).toMatchObject({ phase: 'waiting', startedAt: 0, lastDeath: { how: 'connection refused' } })
  await serve('late', port)
  await expect.poll(() => pod.phase).toBe('ready')
  expect(pod).toMatchObject({ restarts: 0, lastDeath: undefined })
  await pod.stop()
})

test('connections to an address that no pod has any more are given up; those to hosts outside stay', async () => {
  const upstreams = new Upstreams()
  const [gone, stays, outside] = ['http://172.18.0.2:9080', 'http://[fd00::3]:9080', 'http://172.18.0.9:80'].map(
    (origin) => () => upstreams.pool(origin, { connectTimeoutMs: 1000 }),
  ) as [() => unknown, () => unknown, () => unknown]
  upstreams.keep(new Set(['http://172.18.0.2:9080', 'http://[fd00::3]:9080']))
  const before = [gone(), stays(), outside()]
  upstreams.keep(new Set(['http://[fd00::3]:9080']))
  expect([gone() === before[0], stays() === before[1], outside() === before[2]]).toEqual([false, true, true])
  await upstreams.close()
})

test('HOST is where it listens, and the control API there still accepts only loopback names', async () => {
  const port = await serve('on IPv6', 0, '::1')
  const first = outboundPort
  const other = await onFreePorts(async (free) => {
    // Taken on 127.0.0.1: only a mesh that does not use that address leaves it free. Another program may have it on ::1, hence a new one each time.
    const gatewayPort = await serve('on IPv4')
    return startSmallMesh({ gatewayPort, remote: remoteOf(`productpage-v1=[::1]:${port}`, free, { HOST: '::1' }) })
  }).finally(() => (outboundPort = first))
  const consolePort = Number(new URL(other.addresses.console).port)
  const ask = (askedPort: number, headers: Record<string, string>, path = '/api/status') =>
    new Promise<number | string>((resolve, reject) => {
      request({ host: '::1', port: askedPort, path, headers, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0))
        .on('error', reject)
        .end()
    })
  expect(await ask(other.mesh.gatewayPort, {}, '/productpage')).toBe(200)
  expect(await ask(consolePort, { host: `localhost:${consolePort}` })).toBe(200)
  for (const host of [`mesh:${consolePort}`, 'evil.test', `evil.test:${consolePort}`, 'localhost:1'])
    expect(await ask(consolePort, { host })).toBe(403)
  expect(await ask(consolePort, { host: `localhost:${consolePort}`, origin: 'http://evil.test' })).toBe(403)
  await other.stop()
})

test('a taken outbound port is one line that names the variable', async () => {
  const taken = portOf('productpage-v1', 'details')
  const remote = { ...remoteOf('productpage-v1=localhost:1', taken - 1) }
  const starting: Promise<Mesh> = startMesh({ gatewayPort: 0, env: {}, logLevel: 'warn', remote })
  await expect(starting).rejects.toThrow(`OUTBOUND_PORT ${taken} is taken: stop what listens there, or set OUTBOUND_PORT to a free port`)
})

test.each([
  [{ WORKLOADS: 'reviews-v1' }, 'WORKLOADS has "reviews-v1": expected WORKLOAD=HOST:PORT, such as reviews-v1=reviews-v1:9080'],
  [{ WORKLOADS: 'reviews-v1=host' }, 'WORKLOADS has "reviews-v1=host": expected WORKLOAD=HOST:PORT'],
  [{ WORKLOADS: 'reviews-v1=host:0' }, 'WORKLOADS has "reviews-v1=host:0": expected WORKLOAD=HOST:PORT'],
  [{ WORKLOADS: 'reviews-v1=host:99999' }, 'WORKLOADS has "reviews-v1=host:99999": expected WORKLOAD=HOST:PORT'],
  [{ WORKLOADS: 'reviews-v1=http://host:1' }, 'WORKLOADS has "reviews-v1=http://host:1": expected WORKLOAD=HOST:PORT'],
  [{ WORKLOADS: 'cart-v1=host:1' }, 'WORKLOADS has "cart-v1": expected productpage, details, reviews or ratings and a version'],
  [{ WORKLOADS: 'reviews=host:1' }, 'WORKLOADS has "reviews": expected productpage, details, reviews or ratings and a version'],
  [{ WORKLOADS: 'reviews-v1=host:1,reviews-v2=host:1' }, 'WORKLOADS has host:1 twice'],
  [{ WORKLOADS: 'reviews-v1=host:1+http:2' }, 'WORKLOADS has "reviews-v1=host:1+http:2": expected +NAME:PORT after the address'],
  [{ WORKLOADS: 'reviews-v1=host:1+grpc:0' }, 'WORKLOADS has "reviews-v1=host:1+grpc:0": expected +NAME:PORT after the address'],
  [{ WORKLOADS: ',' }, 'WORKLOADS is ",": expected at least one WORKLOAD=HOST:PORT'],
  [{ WORKLOADS: 'reviews-v1=host:1', HOST: 'mymachine' }, 'HOST is "mymachine": expected an IP address to listen on'],
  [{ WORKLOADS: 'reviews-v1=host:1', OUTBOUND_PORT: '65529' }, undefined],
  [{ WORKLOADS: 'reviews-v1=host:1', OUTBOUND_PORT: '65533' }, 'OUTBOUND_PORT is "65533": expected a port from 1'],
  [{ WORKLOADS: 'reviews-v1=host:1', OUTBOUND_PORT: '0' }, 'OUTBOUND_PORT is "0": expected a port from 1'],
  [{ ZIPKIN_URL: 'zipkin' }, 'ZIPKIN_URL is "zipkin": expected a URL such as http://localhost:9411'],
])('%o', (env, complaint) => {
  if (complaint === undefined) expect(() => readMeshConfig(env)).not.toThrow()
  else expect(() => readMeshConfig(env)).toThrow(complaint)
})

test('several pods of one workload, databases and IPv6 addresses have their place', () => {
  const { remote } = readMeshConfig({ WORKLOADS: 'reviews-v2=a:1, reviews-v2=[::1]:2,ratings-v2-mysql=b:3' })
  expect(remote?.pods.map(({ workload, host, port }) => [workload.name, host, port])).toEqual([
    ['reviews-v2', 'a', 1],
    ['reviews-v2', '::1', 2],
    ['ratings-v2-mysql', 'b', 3],
  ])
  expect(remote?.workloads).toMatchObject([{ name: 'reviews-v2' }, { app: 'ratings', version: 'v2-mysql', calls: [] }])
  expect(remote).toMatchObject({ host: undefined, outboundPort: 21_000 })
})

test('HOST without WORKLOADS changes nothing: some shells export it', () => {
  expect(readMeshConfig({ HOST: 'mymachine' }).remote).toBeUndefined()
})
