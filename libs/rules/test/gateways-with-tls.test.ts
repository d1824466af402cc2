import { beforeAll, expect, test } from 'vitest'
import { certificateFor } from './certificates.ts'
import {
  atDoor,
  gateway,
  gatewayApiGateway,
  goal,
  httpRoute,
  ingress,
  referenceGrant,
  rules,
  secret,
  virtualService,
  answered,
  header,
} from './support.ts'

let one: { cert: string; key: string }
let other: { cert: string; key: string }
beforeAll(async () => {
  one = await certificateFor('one.example')
  other = await certificateFor('other.example')
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const inSystem = { namespace: 'istio-system' }
const tlsSecret = (name: string, { cert, key } = one, metadata: Record<string, unknown> = inSystem) =>
  secret(name, { type: 'kubernetes.io/tls', data: { 'tls.crt': base64(cert), 'tls.key': base64(key) } }, metadata)
const server = (hosts: string[], tls: Record<string, unknown>, protocol = 'HTTPS', number = 443) => ({
  port: { number, name: `${protocol.toLowerCase()}-${number}`, protocol },
  hosts,
  tls,
})
const door = (...servers: unknown[]) => gateway('door', { selector: { istio: 'ingressgateway' }, servers })
const bound = (host: string, to: string) =>
  virtualService(to, { hosts: [host], gateways: ['door'], http: [{ route: [{ destination: { host: to } }] }] })
const byTls = (sni?: string, authority = sni ?? 'one.example') => atDoor({ scheme: 'https', authority, ...(sni !== undefined && { sni }) })

test('a certificate is that of the Secret in the namespace of the gateway', () => {
  const set = rules(tlsSecret('credential'), door(server(['one.example'], { mode: 'SIMPLE', credentialName: 'credential' })))
  expect(set.warnings).toEqual([])
  expect(set.gateways.tlsFor('one.example', ingress)).toEqual({
    certificates: [one],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [],
  })
  expect(set.listeners).toEqual([
    {
      gateway: 'Gateway default/door',
      port: 443,
      protocol: 'HTTPS',
      hosts: ['one.example'],
      front: true,
      where: 'rules.yaml#1 Gateway default/door spec.servers[0]',
    },
  ])
})

test('the name that a client asks for chooses the server, the most specific one first', () => {
  const set = rules(
    tlsSecret('one'),
    tlsSecret('other', other),
    door(
      server(['*.example'], { mode: 'SIMPLE', credentialName: 'one' }),
      server(['other.example'], { mode: 'SIMPLE', credentialName: 'other' }),
    ),
  )
  const shown = (sni?: string) => set.gateways.tlsFor(sni, ingress)?.certificates[0]?.cert
  expect([shown('a.example'), shown('other.example'), shown('else.where'), shown()]).toEqual([one.cert, other.cert, undefined, undefined])
})

test('a server for every host answers clients that ask for none', () => {
  const set = rules(tlsSecret('one'), door(server(['*'], { mode: 'SIMPLE', credentialName: 'one' })), bound('*', 'productpage'))
  expect(set.gateways.tlsFor(undefined, ingress)?.certificates).toEqual([one])
  expect(goal(set, byTls(undefined, 'any.example'))).toBe('productpage')
})

test('without TLS at any gateway nothing listens for it', () => {
  const set = rules(door({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }))
  expect([set.gateways.doors(ingress), set.gateways.tlsFor('one.example', ingress)]).toEqual([[], undefined])
  const there = rules(door(server(['*'], { mode: 'SIMPLE', credentialName: 'one' })))
  expect([there.gateways.doors(ingress), there.gateways.doors({ labels: { istio: 'egressgateway' } })]).toEqual([
    [{ scheme: 'https', port: 443, front: true }],
    [],
  ])
})

test('what is bound to a server with TLS is not there without it, and the other way round', () => {
  const set = rules(
    tlsSecret('one'),
    door(server(['one.example'], { mode: 'SIMPLE', credentialName: 'one' }), {
      port: { number: 80, name: 'http', protocol: 'HTTP' },
      hosts: ['other.example'],
    }),
    bound('one.example', 'productpage'),
    bound('other.example', 'details'),
  )
  expect([goal(set, byTls('one.example')), goal(set, atDoor({ authority: 'one.example' }))]).toEqual(['productpage', 404])
  expect([goal(set, byTls('one.example', 'other.example')), goal(set, atDoor({ authority: 'other.example' }))]).toEqual([404, 'details'])
})

test('a request for a host of another server than the one that the client asked for is unknown there', () => {
  const set = rules(
    tlsSecret('one'),
    door(
      server(['one.example'], { mode: 'SIMPLE', credentialName: 'one' }),
      server(['other.example'], { mode: 'SIMPLE', credentialName: 'one' }),
    ),
    bound('one.example', 'productpage'),
    bound('other.example', 'details'),
  )
  expect([goal(set, byTls('one.example')), goal(set, byTls('one.example', 'other.example')), goal(set, byTls('other.example'))]).toEqual([
    'productpage',
    404,
    'details',
  ])
})

test('a match on the scheme tells TLS from plain text', () => {
  const set = rules(
    tlsSecret('one'),
    door(server(['*'], { mode: 'SIMPLE', credentialName: 'one' }), { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }),
    virtualService('bookinfo', {
      hosts: ['*'],
      gateways: ['door'],
      http: [
        { match: [{ scheme: { exact: 'https' } }], route: [{ destination: { host: 'details' } }] },
        { route: [{ destination: { host: 'productpage' } }] },
      ],
    }),
  )
  expect([goal(set, byTls('one.example')), goal(set, atDoor())]).toEqual(['details', 'productpage'])
})

test('httpsRedirect leads to the port that the client can reach', () => {
  const set = rules(door(server(['*'], { httpsRedirect: true }, 'HTTP', 80)))
  const location = (question: Record<string, unknown>) => header(answered(set, atDoor(question)).headers, 'location')
  expect(location({ authority: 'localhost:8080', httpsPort: 8443, path: '/a' })).toBe('https://localhost:8443/a')
  expect(location({ authority: 'bookinfo.example', path: '/a' })).toBe('https://bookinfo.example/a')
})

test('versions and cipherSuites are the bounds of a handshake', () => {
  const tls = {
    mode: 'SIMPLE',
    credentialName: 'one',
    minProtocolVersion: 'TLSV1_1',
    maxProtocolVersion: 'TLSV1_2',
    cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'],
  }
  expect(rules(tlsSecret('one'), door(server(['*'], tls))).gateways.tlsFor(undefined, ingress)).toMatchObject({
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.2',
    ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'],
  })
})

const withAuthority = (name: string) =>
  secret(name, { stringData: { 'tls.crt': one.cert, 'tls.key': one.key, 'ca.crt': other.cert } }, inSystem)
const onlyAuthority = (name: string) => secret(name, { stringData: { cacert: other.cert }, immutable: true }, inSystem)

test.each([
  ['the Secret itself', () => [withAuthority('credential')], {}],
  ['the one that is named -cacert', () => [tlsSecret('credential'), onlyAuthority('credential-cacert')], {}],
  ['caCertCredentialName', () => [tlsSecret('credential'), onlyAuthority('clients')], { caCertCredentialName: 'clients' }],
])('MUTUAL checks clients by the authority of %s', (_name, secrets, more) => {
  const set = rules(...secrets(), door(server(['*'], { mode: 'MUTUAL', credentialName: 'credential', ...more })))
  expect(set.warnings).toEqual([])
  expect(set.gateways.tlsFor(undefined, ingress)).toMatchObject({
    certificates: [one],
    clients: { ca: other.cert, optional: false, subjectAltNames: [], hashes: [], spkis: [] },
  })
})

test('OPTIONAL_MUTUAL takes clients without a certificate, and those that are named may be narrowed down', () => {
  const tls = {
    mode: 'OPTIONAL_MUTUAL',
    credentialName: 'credential',
    subjectAltNames: ['client.example'],
    verifyCertificateHash: [Array.from({ length: 32 }, () => 'AB').join(':')],
    verifyCertificateSpki: ['c3BraQ=='],
  }
  expect(rules(withAuthority('credential'), door(server(['*'], tls))).gateways.tlsFor(undefined, ingress)?.clients).toEqual({
    ca: other.cert,
    optional: true,
    subjectAltNames: ['client.example'],
    hashes: ['ab'.repeat(32)],
    spkis: ['c3BraQ=='],
  })
})

test.each([
  ['that is not there', () => [], 'Secret istio-system/credential does not exist'],
  [
    'in another namespace',
    () => [tlsSecret('credential', one, {})],
    'Secret istio-system/credential does not exist; there is one in default',
  ],
  ['without a key', () => [onlyAuthority('credential')], 'Secret istio-system/credential has no tls.crt and tls.key'],
  [
    'with the key of another certificate',
    () => [tlsSecret('credential', { cert: one.cert, key: other.key })],
    'tls.key of Secret istio-system/credential is not the key of its tls.crt',
  ],
  [
    'with anything but PEM',
    () => [tlsSecret('credential', { cert: 'certificate', key: 'key' })],
    'tls.crt and tls.key of Secret istio-system/credential are not a certificate and key in PEM',
  ],
])('a Secret %s is warned about, and no client gets an answer', (_name, secrets, problem) => {
  const set = rules(...secrets(), door(server(['*'], { mode: 'SIMPLE', credentialName: 'credential' })))
  expect(set.warnings).toContainEqual({
    where: 'rules.yaml#1 Gateway default/door spec.servers[0].tls',
    message: `${problem}: handshakes fail`,
  })
  expect(set.gateways.tlsFor(undefined, ingress)?.certificates).toEqual([])
})

test('MUTUAL without an authority answers no client', () => {
  const set = rules(tlsSecret('credential'), door(server(['*'], { mode: 'MUTUAL', credentialName: 'credential' })))
  expect(set.warnings.map(({ message }) => message)).toEqual([
    'Secret istio-system/credential has no ca.crt, and there is no Secret credential-cacert: handshakes fail',
  ])
  expect(set.gateways.tlsFor(undefined, ingress)?.certificates).toEqual([])
})

test('of two servers for one host on one port, the older one holds', () => {
  const second = gateway('second', {
    selector: { istio: 'ingressgateway' },
    servers: [server(['one.example', 'more.example'], { mode: 'SIMPLE', credentialName: 'other' })],
  })
  const set = rules(
    tlsSecret('one'),
    tlsSecret('other', other),
    door(server(['one.example'], { mode: 'SIMPLE', credentialName: 'one' })),
    second,
  )
  expect(set.gateways.tlsFor('one.example', ingress)?.certificates).toEqual([one])
  expect(set.warnings.map(({ message }) => message)).toEqual(['has no effect: an older server on port 443 has the host one.example'])
})

const listener = (more: Record<string, unknown> = {}) => ({
  name: 'https',
  port: 443,
  protocol: 'HTTPS',
  hostname: 'one.example',
  tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: 'credential' }] },
  ...more,
})
const apiDoor = (...listeners: unknown[]) => gatewayApiGateway('door', { gatewayClassName: 'istio', listeners })
const apiRoute = httpRoute('bookinfo', {
  parentRefs: [{ name: 'door' }],
  rules: [{ backendRefs: [{ name: 'productpage', port: 9080 }] }],
})

test('a listener of the Gateway API shows the certificates of its certificateRefs', () => {
  const set = rules(tlsSecret('credential', one, {}), apiDoor(listener()), apiRoute)
  expect([set.warnings, set.gateways.tlsFor('one.example', ingress)?.certificates]).toEqual([[], [one]])
  expect([goal(set, byTls('one.example')), goal(set, atDoor({ authority: 'one.example' }))]).toEqual(['productpage', 404])
})

test('a Secret of another namespace needs a ReferenceGrant', () => {
  const there = listener({ tls: { certificateRefs: [{ name: 'credential', namespace: 'istio-system' }] } })
  const grant = referenceGrant(
    'grant',
    {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' }],
      to: [{ group: '', kind: 'Secret', name: 'credential' }],
    },
    inSystem,
  )
  const refused = rules(tlsSecret('credential'), apiDoor(there))
  expect(refused.gateways.tlsFor('one.example', ingress)?.certificates).toEqual([])
  expect(refused.warnings.map(({ message }) => message)).toEqual([
    'no ReferenceGrant in istio-system lets Gateways of default refer to Secret credential: handshakes of https fail',
  ])
  const allowed = rules(tlsSecret('credential'), apiDoor(there), grant)
  expect([allowed.warnings, allowed.gateways.tlsFor('one.example', ingress)?.certificates]).toEqual([[], [one]])
})

test('plain and TLS listeners of one Gateway have their own routes by sectionName', () => {
  const set = rules(
    tlsSecret('credential', one, {}),
    apiDoor(listener(), { name: 'http', port: 80, protocol: 'HTTP' }),
    httpRoute('secure', {
      parentRefs: [{ name: 'door', sectionName: 'https' }],
      rules: [{ backendRefs: [{ name: 'productpage', port: 9080 }] }],
    }),
    httpRoute('plain', {
      parentRefs: [{ name: 'door', sectionName: 'http' }],
      rules: [{ backendRefs: [{ name: 'details', port: 9080 }] }],
    }),
  )
  expect([goal(set, byTls('one.example')), goal(set, atDoor({ authority: 'one.example' }))]).toEqual(['productpage', 'details'])
})
