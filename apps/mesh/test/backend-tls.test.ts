/** TLS that proxies begin with pods, by a BackendTLSPolicy: real handshakes with servers whose certificates an authority has signed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { knownEnv } from '@bookinfo/tools/known-env'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listen } from '../src/proxy/listener.ts'
import { createAuthority, type Certificate } from './helpers/certificates.ts'
import { startLab, type Lab } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const api = 'gateway.networking.k8s.io/v1'
const tlsPort = { number: 9083, name: 'https', protocol: 'HTTPS', variable: '' }

let authority: Awaited<ReturnType<typeof createAuthority>>
let own: Certificate
beforeAll(async () => {
  authority = await createAuthority()
  own = await authority.sign('books.example')
})

const object = (kind: string, name: string, rest: object, apiVersion = api) => ({ apiVersion, kind, metadata: { name }, ...rest })
const authorityOf = (cert: string) => object('ConfigMap', 'authority', { data: { 'ca.crt': cert } }, 'v1')
const policy = (validation: object, target: object = { sectionName: 'https' }) =>
  object('BackendTLSPolicy', 'details', {
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: 'details', ...target }],
      validation: {
        hostname: 'books.example',
        ...(!('wellKnownCACertificates' in validation) && { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'authority' }] }),
        ...validation,
      },
    },
  })
const door = object('Gateway', 'door', {
  spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
})
const route = (port: number) =>
  object('HTTPRoute', 'details', {
    spec: { parentRefs: [{ name: 'door' }], rules: [{ backendRefs: [{ name: 'details', port }] }] },
  })

describe('requests', () => {
  let pod: Server
  let lab: Lab
  beforeAll(async () => {
    pod = createServer(own, (request, response) => {
      response.setHeader('x-seen', JSON.stringify(request.headers))
      response.end(`${request.url} by TLS for ${String((request.socket as TLSSocket).servername)}`)
    })
    await listen(pod, 0, '127.0.0.1')
  })
  afterAll(() => {
    pod.closeAllConnections()
    pod.close()
  })
  beforeEach(async () => {
    lab = await startLab({}, [tlsPort])
    const { port } = pod.address() as { port: number }
    lab.endpoints.splice(
      0,
      Infinity,
      ...lab.endpoints.map((each) => (each.workload === 'details-v1' ? { ...each, ports: { 9083: port } } : each)),
    )
    lab.rules.recompile()
  })
  afterEach(() => lab.close())

  const enter = (validation: object, { ca = authority.cert, port = 9083, target = {} } = {}) => {
    lab.apply(
      [authorityOf(ca), policy(validation, port === 9083 ? { sectionName: 'https', ...target } : target), door, route(port)]
        .map((each) => JSON.stringify(each))
        .join('\n---\n'),
    )
    return lab.enter('/details/0')
  }
  const disconnected = 'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure'
  const failed = `${disconnected}, transport failure reason: TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end`

  test('go by TLS, with the hostname as the name that is asked for and verified', async () => {
    expect(await enter({})).toMatchObject({ status: 200, body: '/details/0 by TLS for books.example' })
  })

  test('of a workload do so too', async () => {
    await enter({})
    expect(await lab.call('/details/1', { service: 'details:9083' })).toMatchObject({
      status: 200,
      body: '/details/1 by TLS for books.example',
    })
  })

  test('do not show the pod an identity, and the proxy in front of the pod, which cannot read them, makes no span', async () => {
    await enter({})
    lab.spans.length = 0
    const { headers } = await lab.call('/details/0', { service: 'details:9083' })
    const seen = JSON.parse(headers['x-seen'] as string) as Record<string, string>
    expect(seen['x-forwarded-client-cert']).toBeUndefined()
    expect(lab.spans.map(({ kind, id }) => [kind, id])).toEqual([['CLIENT', seen['x-b3-spanid']]])
  })

  test.each([
    ['another name', { hostname: 'other.example' }],
    ['other names', { hostname: 'books.example', subjectAltNames: [{ type: 'Hostname', hostname: 'other.example' }] }],
    ['a name of another type', { subjectAltNames: [{ type: 'URI', uri: 'spiffe://books.example' }] }],
    ['a public authority', { wellKnownCACertificates: 'System' }],
  ])('a certificate that %s does not fit is a 503 with the flag of a failed connection', async (_, validation) => {
    expect(await enter(validation)).toMatchObject({ status: 503, body: failed })
    expect(lab.records.at(-1)!.flags).toContain('UF')
  })

  test('the certificate of another authority is refused', async () => {
    const foreign = await createAuthority('foreign.example')
    expect(await enter({}, { ca: foreign.cert })).toMatchObject({ status: 503, body: failed })
  })

  test('subjectAltNames are verified instead of the hostname', async () => {
    const subjectAltNames = [
      { type: 'Hostname', hostname: 'other.example' },
      { type: 'Hostname', hostname: 'books.example' },
    ]
    expect(await enter({ hostname: 'sni.example', subjectAltNames })).toMatchObject({
      status: 200,
      body: '/details/0 by TLS for sni.example',
    })
  })

  test('a wildcard in the certificate stands for one label', async () => {
    pod.setSecureContext(await authority.sign('*.books.example'))
    const named = (hostname: string) => enter({ subjectAltNames: [{ type: 'Hostname', hostname }] })
    expect([(await named('a.books.example')).status, (await named('a.b.books.example')).status]).toEqual([200, 503])
    pod.setSecureContext(own)
  })

  test('without a certificate to verify with, nothing is sent', async () => {
    expect(await enter({}, { ca: 'no certificate' })).toMatchObject({ status: 503, body: 'no healthy upstream' })
  })

  test('at a port of HTTP the proxy in front of the pod closes the connection', async () => {
    expect(await enter({}, { port: 9080 })).toMatchObject({ status: 503, body: disconnected })
    expect(lab.seen['details-v1-0']).toEqual([])
  })

  test('a pod that speaks no TLS at the port is a 503 that says so', async () => {
    const plain = lab.endpoints.find(({ workload }) => workload === 'details-v1')!
    lab.endpoints.splice(lab.endpoints.indexOf(plain), 1, { ...plain, ports: { 9083: plain.port } })
    lab.rules.recompile()
    expect(await enter({})).toMatchObject({
      status: 503,
      body: `${disconnected}, transport failure reason: TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end`,
    })
  })
})

describe('connections', () => {
  let small: SmallMesh
  let folder: string
  const sockets: Socket[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backend-tls-'))
    const [cert, key] = ['tls.crt', 'tls.key'].map((name) => join(folder, name)) as [string, string]
    writeFileSync(cert, own.cert)
    writeFileSync(key, own.key)
    small = await startSmallMesh({ env: knownEnv({ BOOKINFO_PROBE: 'on', PROBE_TLS_CERT: cert, PROBE_TLS_KEY: key }) })
  })
  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await small.stop()
    rmSync(folder, { recursive: true })
  })

  /** What comes back of a line that is sent as it is; nothing when the connection is closed. */
  const echo = async (port: number) => {
    const socket = connect({ port, host: '127.0.0.1' })
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write('who\n')
    let said = ''
    const over = new Promise((resolve) => socket.on('close', resolve))
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()).includes('\n') && socket.destroy())
    await over
    return said
  }

  test('that come in as plain text go by TLS to the pod, or are closed', async () => {
    const bytes = [
      object('Gateway', 'bytes', {
        spec: { gatewayClassName: 'istio', listeners: [{ name: 'tcp', port: 15_001, protocol: 'TCP' }] },
      }),
      object('TCPRoute', 'bytes', {
        spec: { parentRefs: [{ name: 'bytes' }], rules: [{ backendRefs: [{ name: 'details', port: 9083 }] }] },
      }),
    ]
    const apply = (...objects: object[]) =>
      small.mesh.rules.apply([{ file: 'test.json', text: objects.map((each) => JSON.stringify(each)).join('\n---\n') }])
    apply(...bytes, authorityOf(authority.cert), policy({}, { sectionName: 'tls-echo' }))
    await small.mesh.settled()
    const { port } = small.mesh.portDoors.reached({ scheme: 'tcp', port: 15_001, front: false })
    expect(await echo(port!)).toMatch(/^details-v1-/)
    expect(small.mesh.rules.statusOf(small.mesh.rules.objects.find(({ kind }) => kind === 'BackendTLSPolicy')!)).toMatchObject({
      ancestors: [{ ancestorRef: { kind: 'Service', name: 'details', sectionName: 'tls-echo' } }, { ancestorRef: { kind: 'Gateway' } }],
    })
    apply(policy({ hostname: 'other.example' }, { sectionName: 'tls-echo' }))
    expect(await echo(port!)).toBe('')
  })
})
