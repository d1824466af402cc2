import { atDoor, bookinfo, destinationRule, goal, ingress, lands, secret, sent, virtualService, type Ask } from '../support.ts'
import { certificateFor } from '../certificates.ts'
import type { FieldCase, Fields } from './field-case.ts'

const { cert, key } = await certificateFor('bookinfo.example')
const inSystem = { namespace: 'istio-system' }
const credentials = [
  secret('one', { stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert } }, inSystem),
  secret('other', { stringData: { 'ca.crt': (await certificateFor('other')).cert } }, inSystem),
]
const toDetails = virtualService('door', {
  hosts: ['bookinfo.example'],
  gateways: ['subject'],
  http: [{ route: [{ destination: { host: 'details' } }] }],
})
const server = (more: Fields = {}) => ({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*.example'], ...more })
const atPort = (port: number) => ({ see: (set: Parameters<typeof goal>[0]) => goal(set, atDoor({ port })) })
const hash = 'ab'.repeat(32)
const shown = { certificates: [{ cert, key }], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: [] }

export const gatewayFields: FieldCase[] = [
  {
    spec: { selector: { istio: 'never' }, servers: [server()] },
    others: [toDetails],
    ...atPort(80),
    is: 404,
    removed: { 'selector.*': 'details' },
  },
  {
    spec: { servers: [server({ name: 'front', hosts: ['other.example', 'bookinfo.example'] })] },
    others: [toDetails],
    ...atPort(80),
    is: 'details',
    changed: { 'servers[].port.number': [81, 404] },
    removed: { 'servers[].hosts[]': 404 },
    ignored: ['servers[].name', 'servers[].port.name'],
  },
  {
    spec: { servers: [server({ tls: { httpsRedirect: true } })] },
    others: [toDetails],
    ...atPort(80),
    is: 301,
    removed: { 'servers[].tls.httpsRedirect': 'details' },
    implied: ['servers[].port.protocol'],
  },
  {
    spec: {
      servers: [
        server({
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          tls: {
            mode: 'MUTUAL',
            credentialName: 'one',
            caCertCredentialName: 'other',
            subjectAltNames: ['a'],
            verifyCertificateSpki: ['b'],
            verifyCertificateHash: [hash],
            minProtocolVersion: 'TLSV1_1',
            maxProtocolVersion: 'TLSV1_2',
            cipherSuites: ['AES128-SHA'],
          },
        }),
      ],
    },
    others: credentials,
    see: (set) => {
      const { clients, ...rest } = set.gateways.tlsFor('bookinfo.example', ingress)!
      return { ...rest, ...clients }
    },
    is: {
      ...shown,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.2',
      ciphers: ['AES128-SHA'],
      ca: (credentials[1] as { stringData: Fields }).stringData['ca.crt'],
      optional: false,
      subjectAltNames: ['a'],
      hashes: [hash],
      spkis: ['b'],
    },
    changed: {
      'servers[].tls.mode': ['OPTIONAL_MUTUAL', { optional: true }],
      'servers[].tls.credentialName': ['other', { certificates: [] }],
    },
    removed: {
      'servers[].tls.caCertCredentialName': { ca: cert },
      'servers[].tls.subjectAltNames[]': { subjectAltNames: [] },
      'servers[].tls.verifyCertificateSpki[]': { spkis: [] },
      'servers[].tls.verifyCertificateHash[]': { hashes: [] },
      'servers[].tls.minProtocolVersion': { minVersion: 'TLSv1.2' },
      'servers[].tls.maxProtocolVersion': { maxVersion: 'TLSv1.3' },
      'servers[].tls.cipherSuites[]': { ciphers: [] },
    },
  },
]

const outside: Ask = { authority: 'www.example', port: 80 }
const http = { number: 80, name: 'http' }
const strict = { mesh: { outboundTrafficPolicy: 'REGISTRY_ONLY' as const } }

export const serviceEntryFields: FieldCase[] = [
  {
    spec: { hosts: ['www.example'], ports: [http], resolution: 'DNS', subjectAltNames: ['a.example', 'b.example'] },
    others: [destinationRule('tls', { host: 'www.example', trafficPolicy: { tls: { mode: 'SIMPLE' } } })],
    see: (set) => sent(set, outside).cluster.tlsSettings?.subjectAltNames,
    is: ['a.example', 'b.example'],
    removed: { 'subjectAltNames[]': ['a.example'] },
  },
  {
    spec: { hosts: ['www.example'], ports: [{ ...http, protocol: 'GRPC' }] },
    see: (set) => sent(set, outside).cluster.protocol,
    is: 'HTTP2',
    changed: { 'ports[].protocol': ['HTTP', undefined] },
  },
  {
    spec: {
      hosts: ['other.example', 'www.example'],
      ports: [{ ...http, protocol: 'HTTP', targetPort: 8080 }],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
    },
    world: strict,
    see: (set) => {
      const decision = goal(set, outside)
      return typeof decision === 'number' ? decision : sent(set, outside).cluster.external
    },
    is: { scheme: 'http', host: 'www.example', port: 8080 },
    changed: { 'ports[].number': [81, 502] },
    removed: { 'hosts[]': 502, 'ports[].targetPort': { port: 80 } },
    ignored: ['location'],
  },
  {
    spec: {
      hosts: ['www.example'],
      addresses: ['10.0.0.1', '192.0.2.0/24'],
      ports: [{ ...http, number: 443, protocol: 'TCP' }],
      resolution: 'DNS',
    },
    world: strict,
    see: (set) => lands(set, { host: '192.0.2.7', port: 443 }),
    is: 'www.example',
    removed: { 'addresses[]': 'UH' },
  },
  {
    spec: { hosts: ['www.example'], ports: [{ ...http, number: 443, protocol: 'TLS' }], resolution: 'DNS' },
    world: strict,
    see: (set) => lands(set, { host: 'www.example', port: 443, sni: 'other.example' }),
    is: 'UH',
    changed: { 'ports[].protocol': ['TCP', 'www.example'] },
  },
  {
    spec: {
      hosts: ['www.example'],
      ports: [http],
      resolution: 'STATIC',
      endpoints: [{ address: '127.0.0.9', ports: { http: 8081 }, labels: { version: 'a' }, locality: 'eu' }],
    },
    see: (set) => sent(set, outside).cluster.endpoints[0],
    is: {
      pod: 'www.example/0',
      workload: 'www.example',
      namespace: 'default',
      labels: { version: 'a' },
      address: '127.0.0.9',
      port: 8081,
      locality: 'eu',
    },
    changed: { 'endpoints[].address': ['127.0.0.8', { address: '127.0.0.8' }], 'ports[].name': ['other', { port: 80 }] },
    removed: {
      'endpoints[].ports.*': { port: 80 },
      'endpoints[].labels.*': { labels: {} },
      'endpoints[].locality': { locality: undefined },
    },
  },
  {
    spec: { hosts: ['www.example'], ports: [{ ...http, targetPort: 8080 }], resolution: 'STATIC', endpoints: [{ address: '127.0.0.9' }] },
    see: (set) => sent(set, outside).cluster.endpoints[0]?.port,
    is: 8080,
    removed: { 'ports[].targetPort': 80 },
  },
  {
    spec: { hosts: ['www.example'], ports: [http], resolution: 'DNS' },
    others: [virtualService('front', { hosts: ['front.example'], http: [{ route: [{ destination: { host: 'www.example' } }] }] })],
    see: (set) => sent(set, { ...outside, authority: 'front.example' }).cluster.external?.host,
    is: 'www.example',
    removed: { resolution: 'front.example' },
  },
  {
    spec: { hosts: ['www.example'], ports: [http], workloadSelector: { labels: { app: 'reviews', version: 'v2' } } },
    see: (set) => sent(set, outside).cluster.endpoints.map(({ pod }) => pod),
    is: ['reviews-v2-0'],
    removed: { 'workloadSelector.labels.*': bookinfo.endpoints.map(({ pod }) => pod).filter((pod) => pod.startsWith('reviews')) },
  },
  {
    spec: { hosts: ['www.example'], ports: [http], resolution: 'DNS', exportTo: ['shop', '.'] },
    world: strict,
    see: (set) => goal(set, outside),
    is: 'www.example',
    removed: { 'exportTo[]': 502 },
  },
]

export const sidecarFields: FieldCase[] = [
  {
    spec: {
      workloadSelector: { labels: { app: 'never' } },
      egress: [{ hosts: ['./reviews', './details'] }],
      outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    },
    see: (set) => goal(set, { authority: 'ratings:9080' }),
    is: 'ratings',
    removed: { 'workloadSelector.labels.*': 502 },
  },
  {
    spec: { egress: [{ hosts: ['./reviews', './details'] }], outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
    see: (set) => goal(set, { authority: 'details:9080' }),
    is: 'details',
    removed: { 'egress[].hosts[]': 502 },
  },
  {
    spec: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
    see: (set) => goal(set, outside),
    is: 502,
    changed: { 'outboundTrafficPolicy.mode': ['ALLOW_ANY', 'www.example'] },
  },
]
