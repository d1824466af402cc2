/** TCP and TLS through the mesh: real sockets, pods that echo, rules that say where connections go. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { knownEnv } from '@bookinfo/tools/known-env'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createAuthority } from './helpers/certificates.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
let authority: Awaited<ReturnType<typeof createAuthority>>
const sockets: Socket[] = []

beforeAll(async () => {
  authority = await createAuthority()
  small = await startSmallMesh({ env: knownEnv({ BOOKINFO_PROBE: 'on' }) })
})
afterAll(() => small.stop())
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const { kind, name, namespace, apiVersion } of small.mesh.rules.objects)
    if (!name.startsWith('bookinfo')) small.mesh.rules.delete({ kind, name, namespace, apiVersion })
})

const apply = (...objects: object[]) =>
  small.mesh.rules.apply([{ file: 'test.json', text: objects.map((each) => JSON.stringify(each)).join('\n---\n') }])
const rule = (kind: string, name: string, spec: object, metadata: object = {}, apiVersion = 'networking.istio.io/v1') => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
  spec,
})
const to = (host: string, port = 9082, more: object = {}) => [{ destination: { host, port: { number: port }, ...more } }]

/** A connection of a workload to any host: by CONNECT to its proxy. */
async function dial(target: string, from = 'productpage-v1'): Promise<Socket> {
  const port = small.mesh.outbound.get(from)!.get('*')!
  return open(port, target)
}

async function open(port: number, target: string): Promise<Socket> {
  const asked = request({ host: '127.0.0.1', port, method: 'CONNECT', path: target, agent: false })
  asked.end()
  const [{ statusCode }, socket] = (await once(asked, 'connect')) as [{ statusCode: number }, Socket]
  expect(statusCode).toBe(200)
  return kept(socket)
}

function kept<S extends Socket>(socket: S): S {
  socket.allowHalfOpen = true
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

/** Which pod answers; `closed` when the connection ends without a word, `reset` when it is reset. */
function who(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('\n')) resolve(said.trim().replace(/-[^-]+-[^-]+$/, ''))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNRESET' ? 'reset' : error.message))
    socket.on('end', () => resolve('closed'))
    socket.on('close', () => resolve('closed'))
    socket.write('who\n')
  })
}

const tls = (socket: Socket, servername?: string) =>
  kept(connectTls({ socket, rejectUnauthorized: false, ...(servername && { servername }) }))

test('a connection goes to a pod of the service that was dialled, on the port of the service', async () => {
  expect(await who(await dial('ratings:9082'))).toBe('ratings-v1')
  expect(await who(await dial('details.default.svc.cluster.local:9082'))).toBe('details-v1')
})

test('rules for TCP move connections, by weight and by caller', async () => {
  apply(
    rule('VirtualService', 'ratings', {
      hosts: ['ratings'],
      tcp: [{ match: [{ sourceLabels: { app: 'productpage' } }], route: to('details') }],
    }),
  )
  expect(await who(await dial('ratings:9082'))).toBe('details-v1')
  expect(await who(await dial('ratings:9082', 'reviews-v2'))).toBe('ratings-v1')
})

test('requests go on by HTTP where the port is declared for it, through the same proxy', async () => {
  const socket = await dial('ratings:9080')
  socket.write('GET /here HTTP/1.1\r\nhost: ratings:9080\r\nconnection: close\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  expect(answer).toContain('"path":"/here"')
})

test('after the end of one side the other one goes on', async () => {
  const socket = await dial('ratings:9082')
  socket.write('some bytes')
  await once(socket, 'data')
  socket.end()
  expect(await text(socket)).toBe('10 bytes\n')
})

test('the end of the pod reaches the client, whose own direction stays open', async () => {
  const socket = await dial('ratings:9082')
  socket.write('close\n')
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(socket, 'end')
  expect(said).toBe('closed\n')
  expect(socket.writable).toBe(true)
})

test('a large transfer arrives whole, however slowly it is read', async () => {
  const socket = await dial('ratings:9082')
  const block = Buffer.alloc(1024 * 1024, 'abcdefgh')
  let received = 0
  let intact = true
  socket.on('data', (chunk: Buffer) => {
    // What comes last is the count.
    if (received < 16 * block.length && chunk[0] !== block[received % 8]) intact = false
    received += chunk.length
    socket.pause()
    setImmediate(() => socket.resume())
  })
  for (let i = 0; i < 16; i++) if (!socket.write(block)) await once(socket, 'drain')
  socket.end()
  await once(socket, 'end')
  expect(intact).toBe(true)
  expect(received).toBe(16 * block.length + `${16 * block.length} bytes\n`.length)
})

test('a pod that resets is a reset for the client', async () => {
  const socket = await dial('ratings:9082')
  socket.resume()
  socket.write('reset\n')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
})

test('a client that resets is a reset for the other side', async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = await dial(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  socket.write('hello')
  const [arrived] = (await once(server, 'connection')) as [Socket]
  await once(arrived, 'data')
  socket.resetAndDestroy()
  const [error] = (await once(arrived, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  server.close()
})

test('where nothing listens the connection ends, and the log says why', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  expect(await who(await dial(`127.0.0.1:${port}`))).toBe('closed')
  await expect
    .poll(() => lastLine('productpage-v1'))
    .toMatch(new RegExp(`"- - -" 0 UF,URX \\d+ 0 \\d+ - "-" "-" "-" "-" "127.0.0.1:${port}"$`))
})

const lastLine = (workload: string) => logOf(workload).at(-1)
const logOf = (workload: string, pod?: string) => small.accessLog.lines(workload, pod).map(({ text: line }) => line)

test('both proxies log a connection in the form of Envoy, and the statistics count its bytes', async () => {
  const before = edge()?.connections?.received ?? 0
  const socket = await dial('details:9082')
  expect(await who(socket)).toBe('details-v1')
  await expect.poll(() => edge()?.connections).toMatchObject({ open: 1, received: before + 4 })
  socket.end()
  await once(socket, 'end')
  const { pod } = small.mesh.fleet.of('details-v1')[0]!
  const sent = `${pod.name}\n4 bytes\n`.length
  const line = new RegExp(`^\\[[^\\]]+Z\\] "- - -" 0 - 4 ${sent} \\d+ - "-" "-" "-" "-" "127.0.0.1:${pod.ports[9082]}"$`)
  await expect.poll(() => lastLine('productpage-v1')).toMatch(line)
  expect(logOf('details-v1', pod.name).at(-1)).toMatch(line)
  expect(edge()?.connections).toMatchObject({ open: 0, received: before + 4 })
})

const edge = () =>
  small.stats.edges().find(({ from, to: there, connections }) => from === 'productpage-v1' && there === 'details-v1' && connections)

test('more connections than the limit are closed at once', async () => {
  apply(rule('DestinationRule', 'ratings', { host: 'ratings', trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 } } } }))
  const first = await dial('ratings:9082')
  expect(await who(first)).toBe('ratings-v1')
  expect(await who(await dial('ratings:9082'))).toBe('closed')
  await expect.poll(() => lastLine('productpage-v1')).toMatch(/ 0 UO /)
  first.end()
  await once(first, 'end')
  await expect.poll(async () => who(await dial('ratings:9082'))).toBe('ratings-v1')
})

test.each(['idleTimeout', 'maxConnectionDuration'])('%s ends a connection', async (field) => {
  apply(rule('DestinationRule', 'ratings', { host: 'ratings', trafficPolicy: { connectionPool: { tcp: { [field]: '300ms' } } } }))
  const socket = await dial('ratings:9082')
  expect(await who(socket)).toBe('ratings-v1')
  await once(socket, 'end')
})

test('policies close connections by port and principal; HTTP fields never allow', async () => {
  const policy = (rules: object[], action = 'ALLOW') =>
    apply(
      rule('AuthorizationPolicy', 'ratings', { selector: { matchLabels: { app: 'ratings' } }, action, rules }, {}, 'security.istio.io/v1'),
    )
  policy([{ from: [{ source: { principals: ['*/bookinfo-productpage'] } }], to: [{ operation: { ports: ['9082'] } }] }])
  expect(await who(await dial('ratings:9082'))).toBe('ratings-v1')
  expect(await who(await dial('ratings:9082', 'reviews-v2'))).toBe('closed')
  policy([{ to: [{ operation: { methods: ['GET'] } }] }])
  expect(await who(await dial('ratings:9082'))).toBe('closed')
})

test('a client without a sidecar gets in, and is reset at a STRICT workload', async () => {
  const plaintext = small.mesh.plaintext.get('ratings')!
  expect(await who(await open(plaintext, 'ratings:9082'))).toBe('ratings-v1')
  apply(rule('PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } }, {}, 'security.istio.io/v1'))
  expect(await who(await open(plaintext, 'ratings:9082'))).toBe('reset')
  expect(await who(await dial('ratings:9082'))).toBe('ratings-v1')
})

test('TLS is passed on with its own certificate, by SNI where rules read it', async () => {
  const secure = tls(await dial('ratings:9083'), 'shop.example')
  expect(await who(secure)).toBe('ratings-v1')
  expect(secure.getPeerCertificate().subject.CN).toBe('echo.example')
  apply(
    rule('VirtualService', 'ratings', {
      hosts: ['ratings.default.svc.cluster.local', 'shop.example'],
      tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('details', 9083) }],
    }),
  )
  expect(await who(tls(await dial('ratings:9083'), 'shop.example'))).toBe('details-v1')
  expect(await who(tls(await dial('ratings:9083'), 'other.example'))).toBe('ratings-v1')
})

test('TLS that no pod can take is reset: its first bytes were only looked at', async () => {
  apply(
    rule('DestinationRule', 'ratings', { host: 'ratings', subsets: [{ name: 'none', labels: { version: 'v9' } }] }),
    rule('VirtualService', 'ratings', {
      hosts: ['ratings', 'shop.example'],
      tls: [
        { match: [{ sniHosts: ['shop.example'] }], route: [{ destination: { host: 'ratings', subset: 'none', port: { number: 9083 } } }] },
      ],
    }),
  )
  expect(await who(tls(await dial('ratings:9083'), 'shop.example'))).toBe('reset')
})

test('of a ServiceEntry the address is dialled, and SNI finds one that has none', async () => {
  const { ports } = small.mesh.fleet.of('details-v1')[0]!.pod
  const entry = (name: string, protocol: string, port: number) =>
    rule('ServiceEntry', name, {
      hosts: [`${name}.example`],
      ports: [{ number: 443, name: 'any', protocol, targetPort: port }],
      resolution: 'STATIC',
      endpoints: [{ address: '127.0.0.1' }],
    })
  apply(entry('bytes', 'TCP', ports[9082]!), entry('shop', 'TLS', ports[9083]!))
  expect(await who(await dial('bytes.example:443'))).toBe('details-v1')
  expect(await who(tls(await dial('192.0.2.1:443'), 'shop.example'))).toBe('details-v1')
})

test('an undeclared port is looked at: HTTP, TLS or neither', async () => {
  const { port, ports } = small.mesh.fleet.of('details-v1')[0]!.pod
  const http = await dial(`127.0.0.1:${port}`)
  http.write(`GET /sniffed HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`)
  expect(await text(http)).toContain('"path":"/sniffed"')
  expect(await who(await dial(`127.0.0.1:${ports[9082]}`))).toBe('details-v1')
  expect(await who(tls(await dial(`127.0.0.1:${ports[9083]}`), 'shop.example'))).toBe('details-v1')
})

test('what is not declared is closed when only declared hosts may be called', async () => {
  const { ports } = small.mesh.fleet.of('details-v1')[0]!.pod
  apply(rule('Sidecar', 'default', { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } }))
  expect(await who(await dial(`127.0.0.1:${ports[9082]}`))).toBe('closed')
})

test('a CONNECT without a host and port is refused', async () => {
  const asked = request({
    host: '127.0.0.1',
    port: small.mesh.outbound.get('productpage-v1')!.get('*')!,
    method: 'CONNECT',
    path: 'ratings',
  })
  asked.end()
  const [{ statusCode }] = (await once(asked, 'connect')) as [{ statusCode: number }]
  expect(statusCode).toBe(400)
})

/** Where a listener without a front door is on this machine. */
async function doorOf(scheme: 'tcp' | 'https', port: number): Promise<number> {
  await small.mesh.settled()
  return small.mesh.portDoors.reached({ scheme, port, front: false }).port!
}
const enter = (port: number) => kept(connect({ port, host: '127.0.0.1', allowHalfOpen: true }))

test('the gateway opens a port for TCP, leads on from there, and closes it with its rule', async () => {
  apply(
    rule('Gateway', 'bytes', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 27_017, name: 'm', protocol: 'MONGO' }, hosts: ['*'] }],
    }),
    rule('VirtualService', 'bytes', { hosts: ['*'], gateways: ['bytes'], tcp: [{ route: to('ratings') }] }),
  )
  const port = await doorOf('tcp', 27_017)
  const socket = enter(port)
  expect(await who(socket)).toBe('ratings-v1')
  socket.end()
  expect(await text(socket)).toBe('4 bytes\n')
})

const tlsServer = (more: object, mode: string) => ({
  port: { number: 15_443, name: 't', protocol: 'TLS' },
  hosts: ['*.example'],
  tls: { mode, ...more },
})

test('TLS goes through the gateway by SNI, and a name that no rule has is reset, as bytes that are not TLS are', async () => {
  apply(
    rule('Gateway', 'pass', { selector: { istio: 'ingressgateway' }, servers: [tlsServer({}, 'PASSTHROUGH')] }),
    rule('VirtualService', 'pass', {
      hosts: ['*.example'],
      gateways: ['pass'],
      tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('details', 9083) }],
    }),
  )
  await small.mesh.settled()
  const port = small.mesh.tlsDoor.port!
  const secure = tls(enter(port), 'shop.example')
  expect(await who(secure)).toBe('details-v1')
  expect(secure.getPeerCertificate().subject.CN).toBe('echo.example')
  expect(await who(tls(enter(port), 'other.example'))).toBe('reset')
  expect(await who(enter(port))).toBe('reset')
})

test('TLS ends at the gateway, and bytes in the clear go on', async () => {
  const own = await authority.sign('door.example')
  apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'door', namespace: 'istio-system' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': own.cert, 'tls.key': own.key },
    },
    rule('Gateway', 'ends', { selector: { istio: 'ingressgateway' }, servers: [tlsServer({ credentialName: 'door' }, 'SIMPLE')] }),
    rule('VirtualService', 'ends', { hosts: ['*.example'], gateways: ['ends'], tcp: [{ route: to('details') }] }),
  )
  await small.mesh.settled()
  const secure = tls(enter(small.mesh.tlsDoor.port!), 'door.example')
  expect(await who(secure)).toBe('details-v1')
  expect(secure.getPeerCertificate().subject.CN).toBe('door.example')
})

/** A forward proxy outside of the mesh: it gives one answer to CONNECT, and notes what it was asked for. */
async function forwardProxy(answer: string) {
  const asked: string[] = []
  const server = createServer((client) => {
    sockets.push(client)
    client.on('error', () => undefined)
    client.once('data', (head: Buffer) => {
      asked.push(head.toString())
      // The first bytes of the tunnel come in the same packet as the answer.
      client.write(answer)
      if (answer.includes(' 200 ')) client.on('data', (chunk: Buffer) => client.write(chunk))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  apply(
    rule('ServiceEntry', 'proxy', {
      hosts: ['proxy.example'],
      ports: [{ number: 3128, name: 'tcp', protocol: 'TCP', targetPort: (server.address() as AddressInfo).port }],
      resolution: 'STATIC',
      endpoints: [{ address: '127.0.0.1' }],
    }),
    rule('DestinationRule', 'proxy', {
      host: 'proxy.example',
      trafficPolicy: { tunnel: { targetHost: 'books.example', targetPort: 443 } },
    }),
    rule('VirtualService', 'ratings', { hosts: ['ratings'], tcp: [{ match: [{ port: 9082 }], route: to('proxy.example', 3128) }] }),
  )
  return { asked, server }
}

test('a tunnel leads connections on by CONNECT', async () => {
  const { asked, server } = await forwardProxy('HTTP/1.1 200 OK\r\nvia: proxy\r\n\r\nhello\n')
  const socket = await dial('ratings:9082')
  expect(await who(socket)).toBe('hello')
  expect(asked).toEqual(['CONNECT books.example:443 HTTP/1.1\r\nHost: books.example:443\r\n\r\n'])
  server.close()
})

test.each([
  ['refuses', 'HTTP/1.1 403 Forbidden\r\n\r\n'],
  ['does not speak HTTP', 'welcome\r\n\r\n'],
  ['never ends its answer', 'x'.repeat(20_000)],
])('a tunnel through a proxy that %s is a closed connection', async (_, answer) => {
  const { server } = await forwardProxy(answer)
  expect(await who(await dial('ratings:9082'))).toMatch(/^(?:closed|reset)$/)
  await expect.poll(() => logOf('productpage-v1').at(-1)).toMatch(/UF,URX/)
  server.close()
})

test('TCPRoute and TLSRoute of the Gateway API lead in', async () => {
  const api = 'gateway.networking.k8s.io/v1'
  apply(
    rule(
      'Gateway',
      'api',
      {
        gatewayClassName: 'istio',
        listeners: [
          { name: 'bytes', port: 15_000, protocol: 'TCP' },
          { name: 'tls', port: 15_444, protocol: 'TLS', hostname: '*.example', tls: { mode: 'Passthrough' } },
          { name: 'other', port: 443, protocol: 'TLS', hostname: '*.test', tls: { mode: 'Passthrough' } },
        ],
      },
      {},
      api,
    ),
    rule('TCPRoute', 'bytes', { parentRefs: [{ name: 'api' }], rules: [{ backendRefs: [{ name: 'ratings', port: 9082 }] }] }, {}, api),
    rule(
      'TLSRoute',
      'tls',
      { parentRefs: [{ name: 'api' }], hostnames: ['shop.example'], rules: [{ backendRefs: [{ name: 'details', port: 9083 }] }] },
      {},
      api,
    ),
  )
  expect(await who(enter(await doorOf('tcp', 15_000)))).toBe('ratings-v1')
  expect(await who(tls(enter(await doorOf('https', 15_444)), 'shop.example'))).toBe('details-v1')
})

test('connections of a pod that leaves go on until it is stopped; new ones go elsewhere', async () => {
  const { fleet } = small.mesh
  const workload = fleet.workload('ratings-v1')!
  const socket = await dial('ratings:9082')
  expect(await who(socket)).toBe('ratings-v1')
  const old = fleet.of('ratings-v1')[0]!.pod
  const restarted = fleet.restart(workload)
  await expect.poll(() => old.phase).toBe('stopping')
  socket.write('still here')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  expect(chunk.toString()).toBe('still here')
  expect(await who(await dial('ratings:9082'))).toBe('ratings-v1')
  await once(socket, 'end')
  await restarted
  expect(old.phase).toBe('stopped')
})

test('explain says where a connection goes that comes in at the gateway', async () => {
  apply(
    rule('Gateway', 'bytes', {
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { number: 27_017, name: 'm', protocol: 'MONGO' }, hosts: ['*'] },
        { port: { number: 15_444, name: 't', protocol: 'TLS' }, hosts: ['*.example'], tls: { mode: 'PASSTHROUGH' } },
      ],
    }),
    rule('VirtualService', 'bytes', {
      hosts: ['*.example'],
      gateways: ['bytes'],
      tcp: [{ match: [{ port: 27_017 }], route: to('ratings') }],
      tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('details', 9083) }],
    }),
  )
  const explained = async (service: string) => (await small.bookinfo(['explain', '--service', service])).stdout
  expect(await explained('tcp://localhost:27017')).toMatch(/TCP localhost:27017[^]*port is 27017[^]*ratings-v1/)
  expect(await explained('tls://shop.example@localhost:15444')).toMatch(/TLS for shop\.example localhost:15444[^]*details-v1/)
  expect(await explained('tcp://localhost:27018')).toContain('closed by the proxy')
})

test('explain says where a connection goes, and asks the same rules', async () => {
  apply(
    rule('VirtualService', 'ratings', {
      hosts: ['ratings.default.svc.cluster.local', 'shop.example'],
      tcp: [{ match: [{ port: 9082 }], route: to('details') }],
      tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('details', 9083) }],
    }),
  )
  const explained = async (service: string) =>
    (await small.bookinfo(['explain', '--from', 'productpage-v1', '--service', service])).stdout.replaceAll(/-[a-z0-9]+-[a-z0-9]+$/gm, '')
  expect(await explained('tcp://ratings:9082')).toMatch(/TCP ratings:9082[^]*spec\.tcp\[0\]\.match\[0\][^]*port is 9082[^]*details-v1/)
  expect(await explained('tls://shop.example@ratings:9083')).toMatch(
    /TLS for shop\.example ratings:9083[^]*SNI is one of shop\.example[^]*details-v1/,
  )
  expect(await explained('tls://ratings:9083')).toMatch(/no rule for ratings[^]* has a route for [^]*passed through[^]*ratings-v1/)
})

test('statuses say which listener took a TCPRoute', async () => {
  const api = 'gateway.networking.k8s.io/v1'
  apply(
    rule('Gateway', 'door', { gatewayClassName: 'istio', listeners: [{ name: 'bytes', port: 15_001, protocol: 'TCP' }] }, {}, api),
    rule('TCPRoute', 'bytes', { parentRefs: [{ name: 'door' }], rules: [{ backendRefs: [{ name: 'ratings', port: 9082 }] }] }, {}, api),
  )
  await doorOf('tcp', 15_001)
  const route = small.mesh.rules.objects.find(({ kind }) => kind === 'TCPRoute')!
  expect(small.mesh.rules.statusOf(route)).toMatchObject({
    parents: [
      {
        conditions: [
          { type: 'Accepted', status: 'True', message: 'taken by bytes' },
          { type: 'ResolvedRefs', status: 'True' },
        ],
      },
    ],
  })
  const { stdout } = await small.bookinfo(['get', 'tcproutes,gateways.gateway.networking.k8s.io'])
  expect(stdout).toMatch(/tcproute\.gateway\.networking\.k8s\.io\/bytes/)
})
