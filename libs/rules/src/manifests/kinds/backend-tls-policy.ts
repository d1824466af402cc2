/** BackendTLSPolicy, `gateway.networking.k8s.io/v1` and v1alpha3: which TLS callers begin with the pods of a Service. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { list, nonEmpty, object, oneOf, oneOfSupported, refused, required, string } from '../schema.ts'
import { hostName, hostPattern, objectName } from './parts.ts'

const useDestinationRule = 'write a DestinationRule with tls.mode SIMPLE for its host'

const targetRef = object({
  group: required(oneOfSupported([''], { 'networking.istio.io': useDestinationRule })),
  kind: required(oneOfSupported(['Service'], { ServiceEntry: useDestinationRule })),
  name: required(objectName),
  sectionName: nonEmpty,
})

const uri = string((value) =>
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(value)
    ? undefined
    : `must be a URI with a scheme and a host, is ${JSON.stringify(value.slice(0, 80))}`,
)

const subjectAltName = object({ type: required(oneOf('Hostname', 'URI')), hostname: hostPattern, uri }, (value) => {
  const [own, other] = value.type === 'URI' ? (['uri', 'hostname'] as const) : (['hostname', 'uri'] as const)
  if (value[own] === undefined) return { at: own, message: `is missing (type is ${value.type})` }
  return value[other] === undefined ? undefined : { at: other, message: `must not be set for type ${value.type}` }
})

const validation = object(
  {
    caCertificateRefs: list(object({ group: required(string()), kind: required(nonEmpty), name: required(nonEmpty) }), { max: 8 }),
    wellKnownCACertificates: oneOf('System'),
    hostname: required(hostName),
    subjectAltNames: list(subjectAltName, { max: 5 }),
  },
  ({ caCertificateRefs = [], wellKnownCACertificates }) =>
    caCertificateRefs.length > 0 === (wellKnownCACertificates === undefined)
      ? undefined
      : 'must have one of caCertificateRefs and wellKnownCACertificates',
)

export const backendTlsPolicy = object(
  {
    targetRefs: required(list(targetRef, { min: 1, max: 16 })),
    validation: required(validation),
    options: refused('options are specific to an implementation, and the local mesh has none'),
  },
  ({ targetRefs }) => {
    for (const sections of Map.groupBy(targetRefs, ({ name }) => name).values()) {
      if (sections.length === 1) continue
      const names = new Set(sections.map(({ sectionName }) => sectionName))
      if (names.has(undefined)) return { at: 'targetRefs', message: `must have a sectionName each, where two name the same Service` }
      if (names.size < sections.length) return { at: 'targetRefs', message: 'must not name a section of a Service twice' }
    }
    return undefined
  },
)

export type BackendTlsPolicy = TypeOf<typeof backendTlsPolicy>
export type BackendTlsPolicyObject = ObjectOf<BackendTlsPolicy>
