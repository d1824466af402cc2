/** Listeners on several ports: one at the front door, each other one at a door that has its number, or the next free one. */
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { listen } from '../src/proxy/listener.ts'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())
afterEach(async () => {
  for (const object of small.mesh.rules.objects) if (!object.name.startsWith('bookinfo')) small.mesh.rules.delete(object)
  await small.mesh.settled()
})

const api = 'gateway.networking.k8s.io/v1'
const gateway = (name: string, ...ports: number[]) => ({
  apiVersion: api,
  kind: 'Gateway',
  metadata: { name },
  spec: { gatewayClassName: 'istio', listeners: ports.map((port) => ({ name: `p${port}`, port, protocol: 'HTTP' })) },
})
const route = (port: number, backend: string, hostname: string) => ({
  apiVersion: api,
  kind: 'HTTPRoute',
  metadata: { name: backend },
  spec: { parentRefs: [{ name: 'ports', port }], hostnames: [hostname], rules: [{ backendRefs: [{ name: backend, port: 9080 }] }] },
})

async function apply(...items: object[]) {
  small.mesh.rules.apply([{ file: 'ports.yaml', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }])
  await small.mesh.settled()
}

const portHere = (port: number) => small.mesh.portDoors.reached({ scheme: 'http', port, front: false }).port
const answerAt = async (port: number | undefined) => {
  const { status, body } = await send(port ?? 1, '/', { headers: { host: 'two.example' } })
  return status === 200 ? (JSON.parse(body) as { pod: string }).pod.replace(/-v1-.*/, '') : status
}

/** A port that something else has. */
async function taken(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  return { server, port: await listen(server, 0, '127.0.0.1') }
}

test('each port leads to the routes of its listener', async () => {
  const { server, port } = await taken()
  await new Promise((resolve) => server.close(resolve))
  await apply(gateway('ports', 80, port), route(80, 'details', 'two.example'), route(port, 'ratings', 'two.example'))
  expect([await answerAt(small.mesh.gatewayPort), await answerAt(portHere(port))]).toEqual(['details', 'ratings'])
})

test('a port that is taken is had at the next free one', async () => {
  const { server, port } = await taken()
  await apply(gateway('ports', 80, port), route(port, 'ratings', 'two.example'))
  expect(portHere(port)).toBeGreaterThan(port)
  expect(await answerAt(portHere(port))).toBe('ratings')
  await new Promise((resolve) => server.close(resolve))
})

test('a port that cannot be had says so', async () => {
  const server = createServer()
  // It is taken all the same when another program has it.
  await listen(server, 65_535, '127.0.0.1').catch(() => undefined)
  await apply(gateway('ports', 80, 65_535))
  expect(small.mesh.portDoors.reached({ scheme: 'http', port: 65_535, front: false })).toEqual({
    port: undefined,
    problem: 'neither 65535 nor a port soon after it is free on this machine',
  })
  server.close()
})

interface Applied {
  notices: { message: string }[]
  warnings: { message: string }[]
}
const control = (path: string, body?: unknown) =>
  fetch(`${small.addresses.console}${path}`, {
    ...(body !== undefined && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).then((answer) => answer.json() as Promise<unknown>)
const applyByApi = (item: object) =>
  control('/api/apply', { files: [{ file: 'ports.yaml', text: JSON.stringify(item) }] }) as Promise<Applied>
const conditionsOf = async (name: string) => {
  const [found] = (await control(`/api/objects?resource=gtw&name=${name}`)) as {
    raw: { status: { listeners: { conditions: object[] }[] } }
  }[]
  return found!.raw.status.listeners.map(({ conditions }) => conditions)
}

test('apply and the status tell where a port is', async () => {
  const { notices, warnings } = await applyByApi(gateway('ports', 80, 8090))
  const url = `http://localhost:${portHere(8090)}`
  expect([notices.map(({ message }) => message), warnings]).toEqual([[`port 8090 is reached at ${url}`], []])
  const [front, other] = await conditionsOf('ports')
  const { gatewayPort } = small.mesh
  expect(front).toContainEqual(expect.objectContaining({ type: 'Programmed', message: `reached at http://localhost:${gatewayPort}` }))
  expect(other).toContainEqual(expect.objectContaining({ type: 'Programmed', status: 'True', message: `reached at ${url}` }))
  expect((await applyByApi(gateway('ports', 80, 8090))).notices).toEqual([])
})

test('apply and the status tell of a port that is not to be had', async () => {
  const server = createServer()
  await listen(server, 65_535, '127.0.0.1').catch(() => undefined)
  const { warnings } = await applyByApi(gateway('ports', 80, 65_535))
  const problem = 'neither 65535 nor a port soon after it is free on this machine'
  expect(warnings.map(({ message }) => message)).toEqual([`port 65535 is not there: ${problem}`])
  expect((await conditionsOf('ports'))[1]).toContainEqual(
    expect.objectContaining({ type: 'Accepted', status: 'False', reason: 'PortUnavailable', message: problem }),
  )
  server.close()
})

test('the door closes with its listener', async () => {
  await apply(gateway('ports', 80, 8090), route(8090, 'ratings', 'two.example'))
  const port = portHere(8090)
  expect(await answerAt(port)).toBe('ratings')
  await apply(gateway('ports', 80))
  expect(portHere(8090)).toBeUndefined()
  await expect(answerAt(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
