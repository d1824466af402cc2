import type { Cluster } from '../model/decision.ts'
import type { Step } from '../model/fact.ts'

/** Why a caller's proxy begins TLS, where a BackendTLSPolicy asks for it. */
export const beginsTls = ({ tlsRule, tlsSettings }: Cluster): Step[] => {
  if (tlsRule === undefined) return []
  if (!tlsSettings) return [{ rule: tlsRule, fact: { kind: 'tls-unverifiable' } }]
  const { sni = '', subjectAltNames = [sni] } = tlsSettings
  return [{ rule: tlsRule, fact: { kind: 'tls-begun', sni, names: subjectAltNames } }]
}
