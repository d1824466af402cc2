import type { Cluster, Step } from '../model/decision.ts'

/** Why a caller's proxy begins TLS, where a BackendTLSPolicy asks for it. */
export const beginsTls = ({ tlsRule, tlsSettings }: Cluster): Step[] => {
  if (tlsRule === undefined) return []
  if (!tlsSettings) return [{ rule: tlsRule, reason: 'TLS without a certificate to verify with: nothing is sent' }]
  const { sni = '', subjectAltNames = [sni] } = tlsSettings
  return [{ rule: tlsRule, reason: `TLS for ${sni}, with a certificate for ${subjectAltNames.join(' or ')}` }]
}
