/** Policies in words. */
import type { AuthorizationPolicy, PolicyRule } from '@bookinfo/rules/kinds/authorization-policy'
import type { PeerAuthentication } from '@bookinfo/rules/kinds/peer-authentication'
import type { PolicyTarget } from '@bookinfo/rules/kinds/policy-target'
import type { RequestAuthentication } from '@bookinfo/rules/kinds/request-authentication'
import { and } from './words-parts.ts'

function targetWords({ selector, targetRef, targetRefs }: PolicyTarget): string {
  const refs = targetRefs ?? (targetRef ? [targetRef] : [])
  if (refs.length > 0) return and(refs.map(({ kind, name }) => `${kind} ${name}`))
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`)
  return labels.length > 0 ? `pods with ${labels.join(', ')}` : 'every pod'
}

export function authorizationWords(policy: AuthorizationPolicy): string[] {
  const { action = 'ALLOW', rules } = policy
  const target = targetWords(policy)
  const verb = action === 'DENY' ? 'refuses' : 'lets in'
  if (!rules) return [action === 'ALLOW' ? `${target} lets nothing in` : `${target} refuses nothing`]
  return [
    ...rules.map((rule) => `${target} ${verb} ${ruleWords(rule) || 'everything'}`),
    ...(action === 'ALLOW' ? ['Everything else that no other policy lets in is answered 403'] : []),
  ]
}

function ruleWords({ from, to, when }: PolicyRule): string {
  const parts = [
    from && `requests from ${from.map(({ source }) => fieldsWords(source)).join(' or ')}`,
    to && `${from ? 'that are' : 'requests that are'} ${to.map(({ operation }) => fieldsWords(operation)).join(' or ')}`,
    when &&
      `when ${when.map(({ key, values, notValues }) => `${key} is ${values ? values.join(' or ') : `not ${notValues!.join(' or ')}`}`).join(' and ')}`,
  ]
  return parts.filter(Boolean).join(' ')
}

/** `methods GET, paths /reviews/*`: the fields' own names are the clearest words here. */
const fieldsWords = (fields: object) =>
  Object.entries(fields as Record<string, readonly string[]>)
    .map(([name, values]) => `${name.startsWith('not') ? `${name.slice(3).toLowerCase()} other than` : name} ${values.join(' or ')}`)
    .join(', ')

const modes: Readonly<Record<string, string>> = {
  STRICT: 'accepts only mutual TLS: callers outside the mesh are cut off',
  PERMISSIVE: 'takes mutual TLS and plain text',
  DISABLE: 'accepts only plain text',
  UNSET: "goes by the namespace's policy",
}

export const peerWords = (policy: PeerAuthentication): string[] => [`${targetWords(policy)} ${modes[policy.mtls?.mode ?? 'UNSET']}`]

export const tokenWords = (policy: RequestAuthentication): string[] =>
  (policy.jwtRules ?? []).map(
    ({ issuer, audiences }) =>
      `${targetWords(policy)} checks tokens of ${issuer}${audiences ? ` for ${and(audiences)}` : ''}; a bad one is answered 401`,
  )
