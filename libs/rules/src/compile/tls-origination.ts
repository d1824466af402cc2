/** TLS that a caller's proxy begins by itself, by a DestinationRule's `tls`. */
import type { DestinationRuleObject } from '../manifests/kinds/destination-rule.ts'
import type { Certificates } from './certificates.ts'
import type { TlsSettings } from '../model/decision.ts'
import type { Policy } from './destination-rules.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'

type Tls = NonNullable<Policy['tls']>

/** What a handshake needs, with the Secret in the caller's namespace; or the problem of the Secret. */
export const originationOf = (tls: Tls, certificates: Certificates, namespace: string): TlsSettings | string => {
  const { mode, sni, subjectAltNames, insecureSkipVerify, credentialName } = tls
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

/** DestinationRules whose Secret is missing or unusable for callers of their own namespace. */
export const originationWarnings = (objects: readonly DestinationRuleObject[], certificates: Certificates): Notice[] =>
  objects.flatMap((object) => {
    const { trafficPolicy, subsets = [] } = object.spec
    const policies = [
      { at: 'spec.trafficPolicy', policy: trafficPolicy },
      ...subsets.map((subset, index) => ({ at: `spec.subsets[${index}].trafficPolicy`, policy: subset.trafficPolicy })),
    ].flatMap(({ at, policy }) => [
      { at, tls: policy?.tls },
      ...(policy?.portLevelSettings ?? []).map(({ tls }, index) => ({ at: `${at}.portLevelSettings[${index}]`, tls })),
    ])
    return policies.flatMap(({ at, tls }) => {
      const problem = tls && originationOf(tls, certificates, object.namespace)
      return typeof problem === 'string'
        ? [{ where: `${whereIs(object)} ${at}.tls`, message: `${problem}: requests that go there fail` }]
        : []
    })
  })
