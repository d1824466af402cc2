/** TLS that a caller's proxy begins by itself, by a DestinationRule's `tls`. */
import type { BackendTlsPolicyObject } from '../manifests/kinds/backend-tls-policy.ts'
import type { DestinationRuleObject } from '../manifests/kinds/destination-rule.ts'
import type { BackendTlsPolicies } from './backend-tls-policies.ts'
import type { Certificates } from './certificates.ts'
import type { TlsSettings } from '../model/decision.ts'
import type { Policy } from './destination-rules.ts'
import { fullHost } from '../model/host.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import { trafficOf } from '../model/port-protocol.ts'
import type { Host, Registry } from './registry.ts'

type Tls = NonNullable<Policy['tls']>

/** What a handshake needs, with the Secret in the caller's namespace and the names that the host itself has; or the problem of the Secret. */
export const originationOf = (
  tls: Tls,
  certificates: Certificates,
  namespace: string,
  namesOfHost?: readonly string[],
): TlsSettings | string => {
  const { mode, sni, insecureSkipVerify, credentialName } = tls
  const subjectAltNames = tls.subjectAltNames?.length ? tls.subjectAltNames : namesOfHost
  const settings = {
    ...(sni !== undefined && { sni }),
    ...(subjectAltNames?.length && { subjectAltNames }),
    ...(insecureSkipVerify !== undefined && { insecureSkipVerify }),
  }
  if (credentialName === undefined) return settings
  const authority = certificates.authority(namespace, credentialName)
  if (mode === 'SIMPLE') return typeof authority === 'string' ? authority : { ...settings, authority }
  const pair = certificates.pair(namespace, credentialName)
  if (typeof pair === 'string') return pair
  // Without a configured authority, the server's certificate has to come from a public one.
  return { ...settings, pair, ...(typeof authority !== 'string' && { authority }) }
}

interface Sources {
  destinationRules: readonly DestinationRuleObject[]
  backendTlsPolicies: readonly BackendTlsPolicyObject[]
  backendTls: BackendTlsPolicies
  registry: Registry
  certificates: Certificates
}

/** Where TLS that callers are to begin does not come about. */
export const originationWarnings = (sources: Sources): Notice[] => [
  ...sources.destinationRules.flatMap((object) =>
    tlsIn(object).flatMap(({ at, tls, port }) => {
      const where = `${whereIs(object)} ${at}.tls`
      const problem = originationOf(tls, sources.certificates, object.namespace)
      const begins = tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL'
      return [
        ...(begins && typeof problem === 'string' ? [{ where, message: `${problem}: requests that go there fail` }] : []),
        ...sources.registry.coveredBy(fullHost(object.spec.host, object.namespace)).flatMap((host) => {
          const ports = host.ports.filter(({ number }) => (port ?? number) === number)
          const replaced = ports.flatMap(({ number }) => sources.backendTls.find(host.host, number) ?? [])
          if (ports.length > 0 && replaced.length === ports.length)
            return [{ where, message: `has no effect for ${host.host}: ${replaced[0]!.rule} says which TLS begins there` }]
          return begins
            ? unread(
                host,
                ports.filter(({ number }) => !sources.backendTls.find(host.host, number)),
                where,
              )
            : []
        }),
      ]
    }),
  ),
  ...sources.backendTlsPolicies.flatMap((object) =>
    (sources.backendTls.stateOf(object)?.targets ?? []).flatMap(({ host: name, port, problem }, index) => {
      const host = problem ? undefined : sources.registry.get(name)
      const holds = ({ number }: Host['ports'][number]) =>
        (port ?? number) === number && sources.backendTls.find(name, number)?.rule === whereIs(object)
      return host ? unread(host, host.ports.filter(holds), `${whereIs(object)} spec.targetRefs[${index}]`) : []
    }),
  ),
]

/** As in Istio, a proxy in front of a pod that reads HTTP at a port closes connections that begin TLS there. */
const unread = ({ host, pods }: Host, ports: Host['ports'], where: string): Notice[] => {
  const reading = pods ? ports.filter(({ protocol }) => trafficOf(protocol) === 'http').map(({ number }) => number) : []
  if (reading.length === 0) return []
  const which = `port${reading.length > 1 ? 's' : ''} ${reading.join(', ')}`
  return [{ where, message: `the pods of ${host} take HTTP and no TLS at ${which}: requests that go there fail` }]
}

const tlsIn = ({ spec: { trafficPolicy, subsets = [] } }: DestinationRuleObject): { at: string; tls: Tls; port?: number }[] =>
  [
    { at: 'spec.trafficPolicy', policy: trafficPolicy },
    ...subsets.map((subset, index) => ({ at: `spec.subsets[${index}].trafficPolicy`, policy: subset.trafficPolicy })),
  ].flatMap(({ at, policy }) => [
    ...(policy?.tls ? [{ at, tls: policy.tls }] : []),
    ...(policy?.portLevelSettings ?? []).flatMap(({ tls, port }, index) =>
      tls ? [{ at: `${at}.portLevelSettings[${index}]`, tls, port: port.number }] : [],
    ),
  ])
