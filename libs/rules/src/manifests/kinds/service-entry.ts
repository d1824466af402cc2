/** ServiceEntry, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { ignored, list, map, nonEmpty, object, oneOf, port, refused, required, string } from '../schema.ts'
import { cidr, hostPattern, labels, exportTo } from './parts.ts'

const address = string((value) => (/^[-A-Za-z0-9.:]+$/.test(value) ? undefined : 'must be an address or a host name'))

export const serviceEntry = object(
  {
    hosts: required(list(hostPattern, { min: 1 })),
    addresses: list(cidr),
    ports: required(
      list(
        object({
          number: required(port),
          name: required(nonEmpty),
          protocol: oneOf('HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTPS', 'TLS', 'TCP', 'MONGO', 'MYSQL', 'REDIS'),
          targetPort: port,
        }),
        { min: 1 },
      ),
    ),
    location: ignored(
      'it decides about the mutual TLS of a mesh, which no hop of the local mesh has',
      oneOf('MESH_EXTERNAL', 'MESH_INTERNAL'),
    ),
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
    subjectAltNames: list(nonEmpty),
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

export type ServiceEntry = TypeOf<typeof serviceEntry>
export type ServiceEntryObject = ObjectOf<ServiceEntry>
