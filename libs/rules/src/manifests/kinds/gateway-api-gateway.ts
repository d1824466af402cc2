/** Gateway of the Gateway API, `gateway.networking.k8s.io/v1` and v1beta1. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { ignored, list, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { hostPattern, labels, objectName, namespaceName } from './parts.ts'

const noUdp = 'the local mesh does not route UDP'
const classReason = 'the gateway of the local mesh has no settings of a GatewayClass'

const expression = object(
  { key: required(nonEmpty), operator: required(oneOf('In', 'NotIn', 'Exists', 'DoesNotExist')), values: list(string()) },
  ({ operator, values = [] }) => {
    const wantsValues = operator === 'In' || operator === 'NotIn'
    if (wantsValues === values.length > 0) return undefined
    return { at: 'values', message: wantsValues ? `must be set for ${operator}` : `must not be set for ${operator}` }
  },
)
const namespaces = object({
  from: oneOf('All', 'Selector', 'Same', 'None'),
  selector: object({
    matchLabels: labels,
    matchExpressions: list(expression),
  }),
})

const listener = object(
  {
    name: required(objectName),
    hostname: hostPattern,
    port: required(port),
    protocol: required(oneOfSupported(['HTTP', 'HTTPS', 'TLS', 'TCP'], { UDP: noUdp })),
    tls: object({
      mode: oneOf('Terminate', 'Passthrough'),
      certificateRefs: list(
        object({
          group: oneOf(''),
          kind: oneOf('Secret'),
          name: required(nonEmpty),
          namespace: namespaceName,
        }),
        { min: 1, max: 64 },
      ),
      options: refused('options are specific to an implementation, and the local mesh has none'),
      frontendValidation: refused('in the released API this field is spec.tls.frontend'),
    }),
    allowedRoutes: object({
      namespaces,
      kinds: list(
        object({
          group: oneOf('gateway.networking.k8s.io'),
          kind: required(
            oneOfSupported(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'], {
              UDPRoute: noUdp,
            }),
          ),
        }),
      ),
    }),
  },
  ({ protocol, tls, hostname }) => {
    if (protocol === 'TCP' && hostname !== undefined) return { at: 'hostname', message: 'must not be set for protocol TCP' }
    if (protocol === 'HTTP' || protocol === 'TCP')
      return tls ? { at: 'tls', message: `must not be set for protocol ${protocol}` } : undefined
    if (tls?.mode === 'Passthrough') {
      if (protocol === 'HTTPS') return { at: 'tls.mode', message: 'must be Terminate for protocol HTTPS' }
      return tls.certificateRefs ? { at: 'tls.certificateRefs', message: 'must not be set for mode Passthrough' } : undefined
    }
    return tls?.certificateRefs ? undefined : { at: 'tls.certificateRefs', message: `is missing (protocol is ${protocol})` }
  },
)

export const gatewayApiGateway = object(
  {
    gatewayClassName: required(ignored('the local mesh is the class of every gateway', nonEmpty)),
    listeners: required(list(listener, { min: 1, max: 64 })),
    addresses: refused('the gateway listens where the local mesh is configured to'),
    infrastructure: refused(classReason),
    allowedListeners: refused('ListenerSets are not implemented'),
    defaultScope: refused('routes name their gateway'),
    tls: refused('to request client certificates, use a Gateway of networking.istio.io with tls.mode MUTUAL'),
  },
  (value) => {
    const names = value.listeners.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) return { at: 'listeners', message: `has the name ${twice} twice` }
    const keys = value.listeners.map(({ port: number, protocol, hostname = '' }) => `${number} ${protocol} ${hostname}`)
    return new Set(keys).size < keys.length
      ? { at: 'listeners', message: 'must not have two listeners of the same port, protocol and hostname' }
      : undefined
  },
)

export type GatewayApiGateway = TypeOf<typeof gatewayApiGateway>
export type GatewayApiObject = ObjectOf<GatewayApiGateway>
export type NamespaceSelector = NonNullable<TypeOf<typeof namespaces>['selector']>
