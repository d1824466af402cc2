/** Gateway, ServiceEntry and Sidecar, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { TypeOf } from '../schema.ts'
import { boolean, ignored, list, map, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { exportTo, hostPattern, labels, scopedHost } from './parts.ts'

const tcp = 'the local mesh routes only HTTP'
const noFiles = "it names a file in a gateway's container; put the certificate into a Secret and name that in credentialName"

const cipherSuite = oneOf(
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
)
const tlsVersion = oneOf('TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3')

const serverTls = object(
  {
    httpsRedirect: boolean,
    mode: oneOfSupported(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'], {
      PASSTHROUGH: tcp,
      AUTO_PASSTHROUGH: tcp,
      ISTIO_MUTUAL: 'who comes in from outside has no certificate of the mesh',
    }),
    credentialName: nonEmpty,
    credentialNames: refused('a server has only one certificate: name it in credentialName'),
    serverCertificate: refused(noFiles),
    privateKey: refused(noFiles),
    caCertificates: refused(noFiles),
    caCrl: refused(noFiles),
    caCertCredentialName: nonEmpty,
    tlsCertificates: refused(noFiles),
    insecureSkipVerify: refused('a requested client certificate is always verified; mode SIMPLE requests none'),
    subjectAltNames: list(nonEmpty),
    verifyCertificateSpki: list(nonEmpty),
    verifyCertificateHash: list(
      string((value) =>
        /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i.test(value) ? undefined : 'must be a SHA-256 in hexadecimal digits',
      ),
    ),
    minProtocolVersion: tlsVersion,
    maxProtocolVersion: tlsVersion,
    cipherSuites: list(cipherSuite),
    ecdhCurves: refused('the curves are those of Node'),
  },
  ({ mode = 'SIMPLE', subjectAltNames, verifyCertificateSpki, verifyCertificateHash, minProtocolVersion, maxProtocolVersion }) => {
    if (mode === 'SIMPLE' && (subjectAltNames ?? verifyCertificateSpki ?? verifyCertificateHash))
      return 'asks nothing of clients in mode SIMPLE: subjectAltNames and verifyCertificate… are for MUTUAL'
    const [min = 'TLS_AUTO', max = 'TLS_AUTO'] = [minProtocolVersion, maxProtocolVersion]
    // By name, as Istio's own bounds are where there is nothing: 1.2 and 1.3.
    return (min === 'TLS_AUTO' ? 'TLSV1_2' : min) > (max === 'TLS_AUTO' ? 'TLSV1_3' : max)
      ? { at: 'maxProtocolVersion', message: 'must not be before minProtocolVersion, which is TLSV1_2 by default' }
      : undefined
  },
)

const server = object(
  {
    port: required(
      object({
        number: required(port),
        name: required(ignored('ports are distinguished by number', nonEmpty)),
        protocol: required(
          oneOfSupported(['HTTP', 'HTTP2', 'HTTPS'], {
            TLS: tcp,
            TCP: tcp,
            GRPC: tcp,
            'GRPC-WEB': tcp,
            MONGO: tcp,
            MYSQL: tcp,
            REDIS: tcp,
          }),
        ),
        targetPort: refused('Istio itself does not use it'),
      }),
    ),
    hosts: required(list(scopedHost, { min: 1 })),
    name: ignored('servers are distinguished by port and hosts', string()),
    bind: refused('the gateway listens where the local mesh is configured to'),
    defaultEndpoint: refused('Istio itself does not use it'),
    tls: serverTls,
  },
  ({ port: { protocol }, tls }) => {
    if (protocol === 'HTTPS') {
      if (!tls) return { at: 'tls', message: 'is missing (protocol is HTTPS)' }
      if (tls.httpsRedirect) return { at: 'tls.httpsRedirect', message: 'is for servers of protocol HTTP' }
      return tls.credentialName === undefined ? { at: 'tls.credentialName', message: 'is missing (protocol is HTTPS)' } : undefined
    }
    const other = Object.keys(tls ?? {}).find((name) => name !== 'httpsRedirect')
    return other === undefined ? undefined : { at: `tls.${other}`, message: `must not be set for protocol ${protocol}` }
  },
)

export const gateway = object({ selector: labels, servers: required(list(server, { min: 1 })) })

const address = string((value) => (/^[-A-Za-z0-9.:]+$/.test(value) ? undefined : 'must be an address or a host name'))

export const serviceEntry = object(
  {
    hosts: required(list(hostPattern, { min: 1 })),
    addresses: refused('the host of a request selects the service, not its address'),
    ports: required(
      list(
        object({
          number: required(port),
          name: required(nonEmpty),
          protocol: ignored(
            'HTTP is spoken on every port; calls begin TLS where a DestinationRule says so',
            oneOfSupported(['HTTP', 'HTTP2', 'HTTPS', 'TLS'], { GRPC: tcp, TCP: tcp, MONGO: tcp, MYSQL: tcp, REDIS: tcp }),
          ),
          targetPort: port,
        }),
        { min: 1 },
      ),
    ),
    location: ignored('no hop of the local mesh is encrypted, inside or outside', oneOf('MESH_EXTERNAL', 'MESH_INTERNAL')),
    resolution: oneOf('NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
    endpoints: list(
      object({
        address: required(address),
        ports: map(port),
        labels,
        locality: nonEmpty,
        weight: refused('use the weights of a VirtualService'),
        network: refused('there is one network on one machine'),
        serviceAccount: refused('the local mesh knows only the identities of its own workloads'),
      }),
    ),
    workloadSelector: object({ labels: required(labels) }),
    exportTo,
    subjectAltNames: refused('TLS always verifies the host name'),
  },
  (value) => {
    const resolution = value.resolution ?? 'NONE'
    if (value.endpoints && value.workloadSelector) return 'must have only one of endpoints and workloadSelector'
    if (resolution === 'STATIC' && !value.endpoints?.length && !value.workloadSelector)
      return { at: 'endpoints', message: 'are needed for resolution STATIC' }
    if (resolution === 'NONE' && value.endpoints?.length) return { at: 'endpoints', message: 'must not be set for resolution NONE' }
    if (value.hosts.includes('*')) return { at: 'hosts', message: '"*" is not allowed' }
    if (resolution.startsWith('DNS') && !value.endpoints?.length && value.hosts.some((host) => host.startsWith('*')))
      return { at: 'hosts', message: `a wildcard cannot be resolved by ${resolution}` }
    return undefined
  },
)

const egressHost = string((value) =>
  /^(?:\.|\*|~|[a-z0-9][-a-z0-9]*)\/[-*A-Za-z0-9.]+$/.test(value)
    ? undefined
    : 'must be namespace/host, where namespace may be ".", "*" or "~"',
)
export const sidecar = object({
  workloadSelector: object({ labels: required(labels) }),
  egress: list(
    object({
      hosts: required(list(egressHost, { min: 1 })),
      port: refused('egress listeners apply to every port'),
      bind: refused('the local mesh chooses outbound ports'),
      captureMode: refused('the local mesh chooses outbound ports'),
    }),
  ),
  outboundTrafficPolicy: object({ mode: required(oneOf('ALLOW_ANY', 'REGISTRY_ONLY')), egressProxy: refused('use a VirtualService') }),
  ingress: refused('workloads listen where the local mesh starts them'),
  inboundConnectionPool: refused('use the DestinationRule of the service'),
})

export type Gateway = TypeOf<typeof gateway>
export type ServiceEntry = TypeOf<typeof serviceEntry>
export type Sidecar = TypeOf<typeof sidecar>
