/** TLS at the gateway of a running mesh: Istio's "Secure Gateways", and listeners of the Gateway API. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startMesh } from '../src/mesh.ts'
import { createAuthority, type Certificate } from './helpers/certificates.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
let authority: Awaited<ReturnType<typeof createAuthority>>
let one: Certificate
let other: Certificate
let client: Certificate
beforeAll(async () => {
  authority = await createAuthority()
  ;[one, other, client] = await Promise.all([
    authority.sign('one.example'),
    authority.sign('other.example'),
    authority.sign('client.example'),
  ])
  small = await startSmallMesh()
})
afterAll(() => small.stop())
afterEach(async () => {
  for (const object of small.mesh.rules.objects) if (!object.name.startsWith('bookinfo')) small.mesh.rules.delete(object)
  await small.mesh.tlsDoor.settled()
})

async function apply(...manifests: object[]) {
  const outcome = small.mesh.rules.apply([{ file: 'tls.yaml', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }) }])
  await small.mesh.tlsDoor.settled()
  return outcome.warnings.map(({ message }) => message)
}

const secret = (name: string, data: Record<string, string>, namespace = 'istio-system') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
})
const pair = (name: string, { cert, key }: Certificate, more: Record<string, string> = {}, namespace?: string) =>
  secret(name, { 'tls.crt': cert, 'tls.key': key, ...more }, namespace)
const server = (host: string, tls: Record<string, unknown>) => ({
  port: { number: 443, name: `https-${host}`, protocol: 'HTTPS' },
  hosts: [host],
  tls,
})
const door = (...servers: object[]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'secure' },
  spec: { selector: { istio: 'ingressgateway' }, servers },
})
const route = (host: string, to: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: to },
  spec: { hosts: [host], gateways: ['secure'], http: [{ route: [{ destination: { host: to, port: { number: 9080 } } }] }] },
})

interface Answer {
  status: number | undefined
  pod: string
  shown: string | undefined
}

/** Asks for `/` by TLS, as curl with --resolve would. */
function ask(host: string, options: ConnectionOptions & { authority?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: small.mesh.tlsDoor.port ?? 1,
        path: '/',
        servername: host,
        headers: { host: options.authority ?? host },
        ca: authority.cert,
        agent: false,
        ...options,
      },
      (incoming) => {
        let text = ''
        const { subjectaltname } = (incoming.socket as unknown as ReturnType<typeof connect>).getPeerCertificate()
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        incoming.on('end', () => {
          const pod = text === '' ? '' : (JSON.parse(text) as { pod: string }).pod
          resolve({ status: incoming.statusCode, pod: pod.replace(/-v1-.*/, ''), shown: subjectaltname })
        })
      },
    )
    outgoing.on('error', reject).end()
  })
}

const refusal = (host: string, options?: ConnectionOptions) =>
  ask(host, options).catch(({ code }: NodeJS.ErrnoException) => code ?? 'refused')

test('the port is open while a Gateway asks for TLS, and is reported', async () => {
  expect([small.mesh.tlsDoor.port, await gatewayTls()]).toEqual([undefined, null])
  await apply(pair('one', one), door(server('one.example', { mode: 'SIMPLE', credentialName: 'one' })))
  expect(await gatewayTls()).toBe(`https://localhost:${small.mesh.tlsDoor.port}`)
  expect((await small.bookinfo(['status'])).stdout).toContain(`TLS       https://localhost:${small.mesh.tlsDoor.port}\n`)
  const { port } = small.mesh.tlsDoor
  small.mesh.rules.delete({ apiVersion: 'networking.istio.io/v1', kind: 'Gateway', namespace: 'default', name: 'secure' })
  await small.mesh.tlsDoor.settled()
  expect(await gatewayTls()).toBeNull()
  await expect(
    new Promise((resolve, reject) => connectTcp(port!, '127.0.0.1').on('connect', resolve).on('error', reject)),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

const gatewayTls = async () =>
  ((await (await fetch(`${small.addresses.console}/api/status`)).json()) as { gatewayTls: string | null }).gatewayTls

test('each host has its certificate and its routes, and another host gets no answer', async () => {
  expect(
    await apply(
      pair('one', one),
      pair('other', other),
      door(
        server('one.example', { mode: 'SIMPLE', credentialName: 'one' }),
        server('other.example', { mode: 'SIMPLE', credentialName: 'other' }),
      ),
      route('one.example', 'productpage'),
      route('other.example', 'details'),
    ),
  ).toEqual([])
  expect(await ask('one.example')).toEqual({ status: 200, pod: 'productpage', shown: 'DNS:one.example' })
  expect(await ask('other.example')).toEqual({ status: 200, pod: 'details', shown: 'DNS:other.example' })
  expect(await ask('one.example', { authority: 'other.example' })).toMatchObject({ status: 404 })
  expect(await refusal('third.example')).toBe('ECONNRESET')
  expect(await refusal('')).toBe('ECONNRESET')
})

test('a new certificate is shown to the next client, and a request under way goes on', async () => {
  const at = door(server('one.example', { mode: 'SIMPLE', credentialName: 'one' }))
  await apply(pair('one', one), at, route('one.example', 'productpage'))
  const open = connect({ host: '127.0.0.1', port: small.mesh.tlsDoor.port!, servername: 'one.example', ca: authority.cert })
  await new Promise((resolve, reject) => open.once('secureConnect', resolve).once('error', reject))
  const renewed = await authority.sign('one.example')
  await apply(pair('one', renewed))
  open.write('GET / HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n')
  expect(String((await open.toArray())[0])).toMatch(/^HTTP\/1\.1 200 /)
  const shown = await new Promise<string | undefined>((resolve) => {
    const next = connect({ host: '127.0.0.1', port: small.mesh.tlsDoor.port!, servername: 'one.example', ca: authority.cert }, () => {
      resolve(next.getPeerX509Certificate()?.fingerprint256)
      next.destroy()
    })
  })
  expect(shown).toBe(new X509Certificate(renewed.cert).fingerprint256)
})

test('a Secret that is missing is a warning, and handshakes fail until it is there', async () => {
  expect(await apply(door(server('one.example', { mode: 'SIMPLE', credentialName: 'late' })), route('one.example', 'productpage'))).toEqual(
    ['Secret istio-system/late does not exist: handshakes fail'],
  )
  expect(await refusal('one.example')).toBe('ECONNRESET')
  await apply(pair('late', one))
  expect(await ask('one.example')).toMatchObject({ status: 200 })
})

const welcome = async (tls: Record<string, unknown>, given?: Certificate) => {
  await apply(
    pair('one', one, { 'ca.crt': authority.cert }),
    door(server('one.example', { credentialName: 'one', ...tls })),
    route('one.example', 'productpage'),
  )
  return ask('one.example', given).then(
    ({ status }) => status,
    () => 'refused',
  )
}

test('MUTUAL lets in only clients with a certificate of the authority', async () => {
  const foreign = await (await createAuthority('foreign.example')).sign('client.example')
  const mutual = { mode: 'MUTUAL' }
  expect([await welcome(mutual, client), await welcome(mutual), await welcome(mutual, foreign)]).toEqual([200, 'refused', 'refused'])
  const optional = { mode: 'OPTIONAL_MUTUAL' }
  expect([await welcome(optional, client), await welcome(optional), await welcome(optional, foreign)]).toEqual([200, 200, 'refused'])
})

test('subjectAltNames, verifyCertificateHash and verifyCertificateSpki narrow clients down', async () => {
  const certificate = new X509Certificate(client.cert)
  const spki = createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
  const by = (more: Record<string, unknown>) => welcome({ mode: 'MUTUAL', ...more }, client)
  expect([await by({ subjectAltNames: ['client.example'] }), await by({ subjectAltNames: ['one.example'] })]).toEqual([200, 'refused'])
  expect([
    await by({ verifyCertificateHash: [certificate.fingerprint256] }),
    await by({ verifyCertificateHash: ['00'.repeat(32)] }),
  ]).toEqual([200, 'refused'])
  expect([await by({ verifyCertificateSpki: [spki] }), await by({ verifyCertificateSpki: ['c3BraQ=='] })]).toEqual([200, 'refused'])
})

test('protocol versions and cipher suites are those of the server', async () => {
  await apply(
    pair('one', one),
    door(
      server('one.example', {
        credentialName: 'one',
        minProtocolVersion: 'TLSV1_1',
        maxProtocolVersion: 'TLSV1_2',
        cipherSuites: ['ECDHE-ECDSA-AES256-GCM-SHA384'],
      }),
      server('other.example', { credentialName: 'one', minProtocolVersion: 'TLSV1_3' }),
    ),
    route('one.example', 'productpage'),
  )
  const agreed = (servername: string, options: ConnectionOptions = {}) =>
    new Promise((resolve) => {
      const { port } = small.mesh.tlsDoor
      const socket = connect({ host: '127.0.0.1', port: port!, servername, rejectUnauthorized: false, ...options }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
        socket.destroy()
      })
      socket.on('error', () => resolve('refused'))
    })
  const suite = 'ECDHE-ECDSA-AES128-GCM-SHA256'
  expect(await agreed('one.example')).toBe('TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384')
  expect(await agreed('one.example', { ciphers: suite, maxVersion: 'TLSv1.2' })).toBe('refused')
  expect(await agreed('one.example', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })).toBe('refused')
  expect(await agreed('other.example', { maxVersion: 'TLSv1.2' })).toBe('refused')
  expect(await agreed('other.example')).toMatch(/^TLSv1\.3 /)
})

test('plain requests are sent to https where httpsRedirect is set, at the port where it is', async () => {
  await apply(
    pair('one', one),
    door(
      { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['one.example'], tls: { httpsRedirect: true } },
      server('one.example', { credentialName: 'one' }),
    ),
    route('one.example', 'productpage'),
  )
  const { mesh } = small
  const redirect = (host: string) =>
    new Promise((resolve, reject) => {
      plainRequest({ host: '127.0.0.1', port: mesh.gatewayPort, path: '/a?b', headers: { host } }, (incoming) => {
        incoming.resume()
        resolve([incoming.statusCode, incoming.headers.location])
      })
        .on('error', reject)
        .end()
    })
  expect(await redirect(`one.example:${mesh.gatewayPort}`)).toEqual([301, `https://one.example:${mesh.tlsDoor.port}/a?b`])
  expect(await redirect('one.example')).toEqual([301, 'https://one.example/a?b'])
  expect(await ask('one.example')).toMatchObject({ status: 200, pod: 'productpage' })
})

test('rules and workloads see that the request came by https', async () => {
  await apply(pair('one', one), door(server('one.example', { credentialName: 'one' })), {
    ...route('one.example', 'productpage'),
    spec: {
      hosts: ['one.example'],
      gateways: ['secure'],
      http: [
        {
          match: [{ scheme: { exact: 'https' }, headers: { 'x-forwarded-proto': { exact: 'https' } } }],
          route: [{ destination: { host: 'details', port: { number: 9080 } } }],
        },
        { directResponse: { status: 418 } },
      ],
    },
  })
  expect(await ask('one.example')).toMatchObject({ status: 200, pod: 'details' })
})

test('a policy of the gateway may ask for the name that the client asked for', async () => {
  const policy = (values: string[]) => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'sni', namespace: 'istio-system' },
    spec: { selector: { matchLabels: { istio: 'ingressgateway' } }, rules: [{ when: [{ key: 'connection.sni', values }] }] },
  })
  await apply(
    pair('one', one),
    door(server('one.example', { credentialName: 'one' })),
    route('one.example', 'productpage'),
    policy(['*.example']),
  )
  expect(await ask('one.example')).toMatchObject({ status: 200 })
  await apply(policy(['other.example']))
  const refused = await new Promise((resolve, reject) => {
    const { port } = small.mesh.tlsDoor
    request(
      { host: '127.0.0.1', port, servername: 'one.example', ca: authority.cert, headers: { host: 'one.example' }, agent: false },
      (incoming) => resolve(incoming.resume().statusCode),
    )
      .on('error', reject)
      .end()
  })
  expect(refused).toBe(403)
})

test('a listener of the Gateway API shows its certificate, one of another namespace by ReferenceGrant', async () => {
  const api = 'gateway.networking.k8s.io/v1'
  const gateway = {
    apiVersion: api,
    kind: 'Gateway',
    metadata: { name: 'api' },
    spec: {
      gatewayClassName: 'istio',
      listeners: [
        {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          hostname: '*.example',
          tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: 'one', namespace: 'certificates' }] },
        },
      ],
    },
  }
  const httpRoute = {
    apiVersion: api,
    kind: 'HTTPRoute',
    metadata: { name: 'api' },
    spec: { parentRefs: [{ name: 'api' }], rules: [{ backendRefs: [{ name: 'productpage', port: 9080 }] }] },
  }
  expect(await apply(pair('one', one, {}, 'certificates'), gateway, httpRoute)).toEqual([
    'no ReferenceGrant in certificates lets Gateways of default refer to Secret one: handshakes of https fail',
  ])
  expect(await refusal('one.example')).toBe('ECONNRESET')
  const from = [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' }]
  const to = [{ group: '', kind: 'Secret' }]
  expect(
    await apply({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'grant', namespace: 'certificates' },
      spec: { from, to },
    }),
  ).toEqual([])
  expect(await ask('one.example')).toEqual({ status: 200, pod: 'productpage', shown: 'DNS:one.example' })
})

test('bytes that are not TLS end the connection, and a silent client delays no other', async () => {
  await apply(pair('one', one), door(server('one.example', { credentialName: 'one' })), route('one.example', 'productpage'))
  const { port } = small.mesh.tlsDoor
  const end = (...chunks: (string | Buffer)[]) =>
    new Promise((resolve) => {
      const socket = connectTcp(port!, '127.0.0.1')
      for (const chunk of chunks) socket.write(chunk)
      socket.on('error', () => undefined).on('close', () => resolve('closed'))
      socket.resume()
    })
  expect(await end('GET / HTTP/1.1\r\n\r\n')).toBe('closed')
  expect(await end(Buffer.from([22, 3, 1, 0, 4, 1, 0, 255, 255]))).toBe('closed')
  expect(await end(Buffer.from([22, 3, 1, 255, 255, 1]))).toBe('closed')
  const silent = connectTcp(port!, '127.0.0.1')
  expect(await ask('one.example')).toMatchObject({ status: 200 })
  silent.destroy()
})

test('a ClientHello that comes in pieces is waited for', async () => {
  await apply(pair('one', one), door(server('one.example', { credentialName: 'one' })), route('one.example', 'productpage'))
  const slow = createServer((socket) => {
    const onward = connectTcp(small.mesh.tlsDoor.port!, '127.0.0.1')
    onward.setNoDelay(true)
    socket.once('data', (hello: Buffer) => {
      socket.pause()
      let at = 0
      const next = () => {
        if (at >= hello.length) return void socket.pipe(onward).pipe(socket)
        onward.write(hello.subarray(at, (at += 64)))
        setImmediate(next)
        return undefined
      }
      next()
    })
    for (const each of [socket, onward]) each.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => slow.once('listening', resolve))
  expect(await ask('one.example', { port: (slow.address() as AddressInfo).port })).toMatchObject({ status: 200 })
  slow.close()
})

test('a Secret is made from files as with kubectl, and its content is never shown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  for (const [name, text] of Object.entries({ 'one.crt': one.cert, 'one.key': one.key, 'ca.crt': authority.cert }))
    writeFileSync(join(folder, name), text)
  const [cert, key, ca] = ['one.crt', 'one.key', 'ca.crt'].map((name) => join(folder, name))
  const namespace = ['-n', 'istio-system']
  expect(await small.bookinfo(['create', ...namespace, 'secret', 'tls', 'credential', `--cert=${cert}`, `--key=${key}`])).toEqual({
    code: 0,
    stdout: 'secret/credential created\n',
    stderr: '',
  })
  const more = [`--from-file=tls.crt=${cert}`, `--from-file=tls.key=${key}`, `--from-file=${ca}`]
  expect((await small.bookinfo(['create', 'secret', 'generic', 'mutual', ...namespace, ...more])).stdout).toBe('secret/mutual created\n')
  rmSync(folder, { recursive: true })
  expect((await small.bookinfo(['get', 'secrets', ...namespace])).stdout).toMatch(
    /NAME +TYPE +DATA +AGE\ncredential +kubernetes.io\/tls +2 .*\nmutual +Opaque +3 /,
  )
  const shown = await Promise.all(
    [
      ['get', 'secret', 'mutual', '-o', 'yaml'],
      ['get', 'secret', 'mutual', '-o', 'json'],
      ['describe', 'secret', 'mutual'],
    ].map(async (words) => (await small.bookinfo([...words, ...namespace])).stdout),
  )
  for (const text of [...shown, await (await fetch(`${small.addresses.console}/api/objects`)).text()]) {
    expect(text).toContain(`${one.key.length} bytes`)
    for (const hidden of [one.key, Buffer.from(one.key).toString('base64')]) expect(text).not.toContain(hidden.slice(40, 80))
  }
  const api = { mode: 'MUTUAL', credentialName: 'mutual' }
  await apply(door(server('one.example', api)), route('one.example', 'productpage'))
  expect(await ask('one.example', client)).toMatchObject({ status: 200 })
})

test('a configured port that is taken is reported, and plain requests go on', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const mesh = await startMesh({ gatewayPort: 0, gatewayTlsPort: port, env: {}, logLevel: 'warn', main: () => 'nothing' })
  const problem = new Promise<Error>((resolve) => mesh.tlsDoor.once('problem', resolve))
  mesh.rules.apply([{ file: 'tls.yaml', text: JSON.stringify(door(server('one.example', { credentialName: 'one' }))) }])
  expect((await problem).message).toContain(`GATEWAY_TLS_PORT ${port} is taken`)
  expect((await fetch(`http://127.0.0.1:${mesh.gatewayPort}/`)).status).toBe(404)
  await mesh.stop()
  const moving = await startMesh({
    gatewayPort: 0,
    gatewayTlsPort: port,
    gatewayTlsPortMoves: true,
    env: {},
    logLevel: 'warn',
    main: () => 'nothing',
  })
  moving.rules.apply([{ file: 'tls.yaml', text: JSON.stringify(door(server('one.example', { credentialName: 'one' }))) }])
  await moving.tlsDoor.settled()
  expect(moving.tlsDoor.port).toBeGreaterThan(port)
  await moving.stop()
  taken.close()
})
