import { expect, test } from 'vitest'
import { certificateFor } from './certificates.ts'
import {
  answered,
  ask,
  destinationRule,
  goal,
  productpage,
  rules,
  rulesFor,
  secret,
  sent,
  serviceEntry,
  sidecar,
  type Ask,
  virtualService,
} from './support.ts'

const outside: Ask = { authority: 'www.example.com', port: 80, path: '/x?y=z' }
const http = [{ number: 80, name: 'http', protocol: 'HTTP' }]
const strict = { mesh: { outboundTrafficPolicy: 'REGISTRY_ONLY' as const } }
const entry = (more: Record<string, unknown> = {}) =>
  serviceEntry('ext', { hosts: ['www.example.com'], ports: http, resolution: 'DNS', location: 'MESH_EXTERNAL', ...more })

test('ALLOW_ANY passes unknown hosts through', () => {
  expect(sent(rules(), outside)).toMatchObject({
    routeName: 'allow_any',
    cluster: { name: 'PassthroughCluster', external: { scheme: 'http', host: 'www.example.com', port: 80 } },
    path: '/x?y=z',
    authority: 'www.example.com',
  })
})

test('REGISTRY_ONLY answers 502 for unknown hosts', () => {
  expect(answered(rulesFor(strict), outside)).toMatchObject({ status: 502, body: '', routeName: 'block_all' })
})

test('an unknown port of a known host is unknown', () => {
  expect(answered(rulesFor(strict), { port: 9999 }).status).toBe(502)
})

test('a ServiceEntry makes a host known', () => {
  expect(sent(rulesFor(strict, entry()), outside).cluster).toMatchObject({
    name: 'outbound|80||www.example.com',
    external: { scheme: 'http', host: 'www.example.com', port: 80 },
  })
})

test('targetPort is the port that is dialled', () => {
  expect(
    sent(rules(entry({ ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }] })), outside).cluster.external?.port,
  ).toBe(8080)
})

test('endpoints of a ServiceEntry are dialled instead of the host', () => {
  const endpoints = [{ address: '127.0.0.9', ports: { http: 8081 }, labels: { version: 'a' }, locality: 'eu/a' }]
  expect(sent(rules(entry({ resolution: 'STATIC', endpoints })), outside).cluster.endpoints).toEqual([
    {
      pod: 'www.example.com/0',
      workload: 'www.example.com',
      namespace: 'default',
      labels: { version: 'a' },
      address: '127.0.0.9',
      port: 8081,
      locality: 'eu/a',
    },
  ])
})

test('workloadSelector takes workloads of the mesh', () => {
  const set = rules(entry({ resolution: 'STATIC', location: 'MESH_INTERNAL', workloadSelector: { labels: { app: 'ratings' } } }))
  expect(sent(set, outside).cluster.endpoints.map(({ workload }) => workload)).toEqual(['ratings-v1'])
})

test('a wildcard is dialled under the name that was asked for', () => {
  const set = rulesFor(strict, serviceEntry('wild', { hosts: ['*.example.com'], ports: http, resolution: 'NONE' }))
  expect(sent(set, { ...outside, authority: 'a.b.example.com' }).cluster.external?.host).toBe('a.b.example.com')
})

test('TLS is originated where the DestinationRule of the port says so', () => {
  const set = rules(
    entry({ ports: [...http, { number: 443, name: 'https', protocol: 'HTTPS' }] }),
    virtualService('port', {
      hosts: ['www.example.com'],
      http: [{ match: [{ port: 80 }], route: [{ destination: { host: 'www.example.com', port: { number: 443 } } }] }],
    }),
    destinationRule('tls', {
      host: 'www.example.com',
      trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls: { mode: 'SIMPLE' } }] },
    }),
  )
  expect(sent(set, outside).cluster).toMatchObject({ external: { scheme: 'https', host: 'www.example.com', port: 443 }, tls: 'SIMPLE' })
})

const originated = (tls: Record<string, unknown>, ...more: Parameters<typeof rules>) =>
  rules(
    entry({ ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 443 }] }),
    destinationRule('tls', { host: 'www.example.com', trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls }] } }),
    ...more,
  )

test('a host is shown the certificate of the Secret in the namespace of the caller, and checked by its authority', async () => {
  const { cert, key } = await certificateFor('client.example')
  const credential = secret('credential', { stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert } })
  const tls = { mode: 'MUTUAL', credentialName: 'credential', sni: 'sni.example', subjectAltNames: ['san.example'] }
  const set = originated(tls, credential)
  expect([set.warnings, sent(set, outside).cluster]).toMatchObject([
    [],
    {
      external: { scheme: 'https', host: 'www.example.com', port: 443 },
      tlsSettings: { pair: { cert, key }, authority: { ca: cert }, sni: 'sni.example', subjectAltNames: ['san.example'] },
    },
  ])
  const simple = sent(originated({ mode: 'SIMPLE', credentialName: 'credential' }, credential), outside).cluster
  expect(simple.tlsSettings).toEqual({ authority: { ca: cert } })
})

test('without its Secret a host that TLS is originated with is not there', () => {
  const set = originated({ mode: 'MUTUAL', credentialName: 'credential' })
  const { external, endpoints } = sent(set, outside).cluster
  expect([external, endpoints]).toEqual([undefined, []])
  expect(set.warnings).toEqual([
    {
      where: 'rules.yaml#1 DestinationRule default/tls spec.trafficPolicy.portLevelSettings[0].tls',
      message: 'Secret default/credential does not exist: requests that go there fail',
    },
  ])
})

test('a ServiceEntry that is exported to its own namespace is unknown to others', () => {
  const set = rulesFor(
    strict,
    serviceEntry('ext', { hosts: ['www.example.com'], ports: http, resolution: 'DNS', exportTo: ['.'] }, { namespace: 'shop' }),
  )
  expect(goal(set, outside)).toBe(502)
})

test('a rule for an undeclared host applies to port 80', () => {
  const rule = virtualService('ext', { hosts: ['www.example.com'], http: [{ directResponse: { status: 204 } }] })
  expect([goal(rules(rule), outside), ask(rules(rule), { ...outside, port: 8080 }).kind]).toEqual([204, 'forward'])
})

const only = (hosts: string[], more: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) =>
  sidecar('sidecar', { egress: [{ hosts }], ...more }, metadata)

test.each([
  [['./*'], 'reviews'],
  [['default/*'], 'reviews'],
  [['*/reviews.default.svc.cluster.local'], 'reviews'],
  [['./ratings.default.svc.cluster.local'], 502],
  [['shop/*'], 502],
  [['~/*'], 502],
])('with egress hosts %j a call to reviews goes to %s', (hosts, expected) => {
  expect(goal(rulesFor(strict, only(hosts)))).toBe(expected)
})

test('a Sidecar with a workloadSelector holds for its workloads', () => {
  const set = rulesFor(strict, only(['~/*'], { workloadSelector: { labels: { app: 'details' } } }))
  expect([goal(set), goal(set, { from: { ...productpage, labels: { app: 'details' } } })]).toEqual(['reviews', 502])
})

test('the Sidecar of the root namespace holds where there is no other', () => {
  const root = only(['~/*'], {}, { namespace: 'istio-system' })
  expect([goal(rulesFor(strict, root)), goal(rulesFor(strict, root, only(['./*'])))]).toEqual([502, 'reviews'])
})

test('outboundTrafficPolicy of a Sidecar goes before that of the mesh', () => {
  expect(goal(rules(sidecar('sidecar', { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } })), outside)).toBe(502)
})
