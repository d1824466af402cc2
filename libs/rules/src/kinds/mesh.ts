/** Gateway, ServiceEntry and Sidecar, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import { hostPattern, scopedHost } from '../host.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, list, map, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { exportTo, labels } from './parts.ts'

const httpOnly = "the local mesh's gateway listens for plain HTTP"
const tcp = 'the local mesh routes HTTP alone'

const server = object({
  port: required(
    object({
      number: required(port),
      name: required(nonEmpty),
      protocol: required(
        oneOfSupported(['HTTP', 'HTTP2'], {
          HTTPS: httpOnly,
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
  name: string(),
  bind: refused('the gateway listens where the local mesh is told to'),
  defaultEndpoint: refused('Istio itself does not use it'),
  tls: object({
    httpsRedirect: required(boolean),
    mode: refused(httpOnly),
    credentialName: refused(httpOnly),
    credentialNames: refused(httpOnly),
    serverCertificate: refused(httpOnly),
    privateKey: refused(httpOnly),
    caCertificates: refused(httpOnly),
    caCrl: refused(httpOnly),
    caCertCredentialName: refused(httpOnly),
    tlsCertificates: refused(httpOnly),
    subjectAltNames: refused(httpOnly),
    verifyCertificateSpki: refused(httpOnly),
    verifyCertificateHash: refused(httpOnly),
    minProtocolVersion: refused(httpOnly),
    maxProtocolVersion: refused(httpOnly),
    cipherSuites: refused(httpOnly),
  }),
})

export const gateway = object({ selector: labels, servers: required(list(server, { min: 1 })) })

const address = string((value) => (/^[-A-Za-z0-9.:]+$/.test(value) ? undefined : 'must be an address or a host name'))

export const serviceEntry = object(
  {
    hosts: required(list(hostPattern, { min: 1 })),
    addresses: refused('the host of a request tells its service, not the address'),
    ports: required(
      list(
        object({
          number: required(port),
          name: required(nonEmpty),
          protocol: oneOfSupported(['HTTP', 'HTTP2', 'HTTPS', 'TLS'], { GRPC: tcp, TCP: tcp, MONGO: tcp, MYSQL: tcp, REDIS: tcp }),
          targetPort: port,
        }),
        { min: 1 },
      ),
    ),
    location: oneOf('MESH_EXTERNAL', 'MESH_INTERNAL'),
    resolution: oneOf('NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'),
    endpoints: list(
      object({
        address: required(address),
        ports: map(port),
        labels,
        locality: nonEmpty,
        weight: refused('use the weights of a VirtualService'),
        network: refused('there is one network on one machine'),
        serviceAccount: refused('the local mesh knows identities of its own workloads alone'),
      }),
    ),
    workloadSelector: object({ labels: required(labels) }),
    exportTo,
    subjectAltNames: refused('the name that TLS checks is the host'),
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
      port: refused('egress listeners hold for every port'),
      bind: refused('outbound ports are chosen by the local mesh'),
      captureMode: refused('outbound ports are chosen by the local mesh'),
    }),
  ),
  outboundTrafficPolicy: object({ mode: required(oneOf('ALLOW_ANY', 'REGISTRY_ONLY')), egressProxy: refused('use a VirtualService') }),
  ingress: refused('workloads listen where the local mesh starts them'),
  inboundConnectionPool: refused('use the DestinationRule of the service'),
})

export type Gateway = TypeOf<typeof gateway>
export type ServiceEntry = TypeOf<typeof serviceEntry>
export type Sidecar = TypeOf<typeof sidecar>
