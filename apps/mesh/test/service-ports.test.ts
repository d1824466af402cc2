/** Services with several ports: which there are, and where each of them leads. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { knownEnv } from '@bookinfo/tools/known-env'
import { freeHundred } from '@bookinfo/tools/service-process'
import { afterEach, expect, test } from 'vitest'
import { readMeshConfig } from '../src/config.ts'
import type { MeshOptions } from '../src/mesh.ts'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh | undefined
afterEach(async () => {
  await small?.stop()
  small = undefined
})
const start = async (options: Partial<MeshOptions>) => (small = await startSmallMesh(options))

const portsOf = ({ mesh }: SmallMesh, service: string) =>
  mesh.services.find(({ name }) => name === service)!.ports.map(({ number }) => number)
const outboundOf = ({ mesh }: SmallMesh, workload: string) => mesh.outbound.get(workload)!
const podOf = ({ mesh }: SmallMesh, workload: string) => mesh.fleet.of(workload)[0]!.pod

test('only the port for HTTP is there unless more is asked for: no port, listener or variable of others', async () => {
  const mesh = await start({ env: { ...knownEnv(), GRPC_PORT: '1', RATINGS_GRPC_PORT: '2' } })
  expect(portsOf(mesh, 'reviews')).toEqual([9080])
  expect(podOf(mesh, 'reviews-v2').ports).toEqual({})
  expect([...outboundOf(mesh, 'reviews-v2').keys()]).toEqual(['ratings', '*'])
  const { environment } = JSON.parse((await send(podOf(mesh, 'reviews-v2').port, '/environment')).body)
  expect(Object.keys(environment).filter((name) => /GRPC|PROBE/.test(name))).toEqual([])
})

test('with gRPC each pod has a second port, and callers a listener that leads there', async () => {
  const mesh = await start({ grpc: true })
  expect(portsOf(mesh, 'reviews-v2')).toEqual([9080, 9081])
  expect([...outboundOf(mesh, 'reviews-v2').keys()]).toEqual(['ratings', 'ratings:9081', '*'])
  const { environment } = JSON.parse((await send(podOf(mesh, 'reviews-v2').port, '/environment')).body)
  const ratings = podOf(mesh, 'ratings-v1')
  expect(environment).toMatchObject({ GRPC_PORT: String(podOf(mesh, 'reviews-v2').ports[9081]), RATINGS_HOSTNAME: '127.0.0.1' })
  const arrivesAt = async (port: number, host?: string) =>
    JSON.parse((await send(port, '/', host === undefined ? {} : { headers: { host } })).body).port
  expect(await arrivesAt(Number(environment.RATINGS_GRPC_PORT))).toBe(ratings.ports[9081])
  expect(await arrivesAt(Number(environment.RATINGS_SERVICE_PORT))).toBe(ratings.port)
  expect(await arrivesAt(outboundOf(mesh, 'reviews-v2').get('*')!, 'ratings-v1:9081')).toBe(ratings.ports[9081])
})

test('a pod that starts again has its ports, and requests go there', async () => {
  const mesh = await start({ grpc: true })
  const { pod } = mesh.mesh.fleet.of('ratings-v1')[0]!
  const before = pod.pid
  pod.kill()
  await expect.poll(() => pod.pid !== before && pod.phase).toBe('ready')
  const answer = await send(outboundOf(mesh, 'reviews-v2').get('ratings:9081')!, '/')
  expect(JSON.parse(answer.body)).toMatchObject({ pod: pod.name, port: pod.ports[9081] })
})

test('rules name the port', async () => {
  const mesh = await start({ grpc: true })
  const rule = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: ratings}, spec: {hosts: [ratings], http: [
    {match: [{port: 9081}], directResponse: {status: 418}}, {route: [{destination: {host: ratings, port: {number: 9081}}}]}]}}`
  mesh.mesh.rules.apply([{ file: 'ratings.yaml', text: rule }])
  const outbound = outboundOf(mesh, 'reviews-v2')
  expect((await send(outbound.get('ratings:9081')!, '/')).status).toBe(418)
  expect(JSON.parse((await send(outbound.get('ratings')!, '/')).body).port).toBe(podOf(mesh, 'ratings-v1').ports[9081])
})

test('get svc, pods and endpoints show them', async () => {
  const mesh = await start({ grpc: true })
  const [table, pod, endpoints] = await mesh.type([
    ['get', 'svc', 'ratings'],
    ['get', 'pods', '-l', 'app=ratings', '-o', 'jsonpath={.items[0].spec.containers[0].ports[*].name}'],
    ['get', 'endpoints', 'ratings', '-o', 'jsonpath={.subsets[0].ports[?(@.name=="grpc")].port}'],
  ])
  expect(table!.stdout).toMatch(/9080\/TCP,9081\/TCP/)
  expect(pod!.stdout).toBe('http grpc')
  expect(endpoints!.stdout).toBe(String(podOf(mesh, 'ratings-v1').ports[9081]))
})

test('probes have ports for gRPC, TCP and TLS, and ways to call all of them', async () => {
  const mesh = await start({ env: { ...knownEnv(), BOOKINFO_PROBE: 'on' } })
  expect(portsOf(mesh, 'details')).toEqual([9080, 9081, 9082, 9083, 9084, 9085])
  const outbound = outboundOf(mesh, 'details-v1')
  expect([...outbound.keys()]).toEqual(['*', 'probe', 'probe:9081', 'probe:9084'])
  const { environment } = JSON.parse((await send(podOf(mesh, 'details-v1').port, '/environment')).body)
  const { ports } = podOf(mesh, 'details-v1')
  expect(environment).toMatchObject({
    BOOKINFO_PROBE_DETOURS: `9080=127.0.0.1:${outbound.get('probe')},9081=127.0.0.1:${outbound.get('probe:9081')},9084=127.0.0.1:${outbound.get('probe:9084')},80=127.0.0.1:${outbound.get('*')}`,
    BOOKINFO_PROBE_TUNNEL: `127.0.0.1:${outbound.get('*')}`,
    GRPC_PORT: String(ports[9081]),
    PROBE_TCP_PORT: String(ports[9082]),
    PROBE_TLS_PORT: String(ports[9083]),
  })
  const answer = await send(outbound.get('probe:9081')!, '/', { headers: { host: 'ratings:9081' } })
  expect(JSON.parse(answer.body).port).toBe(podOf(mesh, 'ratings-v1').ports[9081])
  expect([ports[9084], ports[9085]]).toEqual([podOf(mesh, 'details-v1').port, ports[9082]])
})

test('pods that others run have the ports of the services, or those that WORKLOADS names', async () => {
  const pods = await Promise.all(
    ['reviews', 'grpc'].map(async (name) => {
      const answer = (_request: unknown, response: { end(text: string): unknown }) => void response.end(name)
      const server = (name === 'grpc' ? createHttp2Server(answer) : createServer(answer)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const [http, grpc] = pods.map((server) => (server.address() as AddressInfo).port)
  const { remote } = readMeshConfig({ WORKLOADS: `productpage-v1=localhost:${http},reviews-v1=127.0.0.1:${http}+grpc:${grpc}` })
  for (let tries = 5; ; tries--) {
    const outboundPort = await freeHundred()
    try {
      await start({ grpc: true, remote: { ...remote!, outboundPort, probeEveryMs: 20 } })
      break
    } catch (error) {
      if (tries === 0 || (error as Error).name !== 'ConfigError') throw error
    }
  }
  const mesh = small!
  expect(mesh.mesh.fleet.endpoints.map(({ workload, ports }) => [workload, ports])).toEqual([
    ['productpage-v1', { 9081: 9081 }],
    ['reviews-v1', { 9081: grpc }],
  ])
  const outbound = outboundOf(mesh, 'productpage-v1')
  expect(outbound.get('reviews:9081')).toBe(outbound.get('*')! + 5)
  expect((await send(outbound.get('reviews:9081')!, '/')).body).toBe('grpc')
  for (const server of pods) server.close()
})
