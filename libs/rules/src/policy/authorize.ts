import type { Caller, Claims, HeaderChanges, RuleRequest, Verdict, Workload } from '../model/decision.ts'
import type { Connection, TcpVerdict } from '../model/connection.ts'
import type { Step } from '../model/fact.ts'
import { inOrder, noChanges } from '../model/header-changes.ts'
import type { AuthorizationPolicies } from './authorization-policies.ts'
import type { PeerAuthentications } from './peer-authentications.ts'
import type { Outcome, RequestAuthentications } from './request-authentications.ts'

/** The security policies of a set of rules. */
export interface Policies {
  peers: PeerAuthentications
  tokens: RequestAuthentications
  access: AuthorizationPolicies
}

/**
 * What the destination's proxy says to a request: PeerAuthentication, RequestAuthentication, AuthorizationPolicy, in this order.
 * A caller without `principal` is a plaintext one. `now` (ms since 1970) is what token lifetimes are measured against.
 */
export const authorize = async (
  { policies }: { policies: Policies },
  request: RuleRequest,
  caller: Caller,
  destination: Workload,
  now: number,
): Promise<Verdict> => {
  const { peers, tokens, access } = policies
  // Gateways take what comes from outside: PeerAuthentication is about workloads.
  const { mode, rule } = isGateway(destination) ? { mode: 'PERMISSIVE', rule: 'default' } : peers.modeOf(destination)
  if (mode === 'STRICT' && caller.principal === undefined)
    return { allow: false, reset: true, steps: [{ rule, fact: { kind: 'plaintext-refused' } }] }
  const principal = mode === 'DISABLE' ? undefined : caller.principal
  const identityHeaders = identity(principal, destination)
  const verification = tokens.verify(request, destination, now)
  if (!verification) return judge(access, request, caller, principal, destination, undefined, [], identityHeaders)
  const outcome = await verification
  if (!outcome.ok) return refuseToken(outcome, request)
  const steps: Step[] = [{ rule: outcome.where, fact: { kind: 'token-valid', principal: outcome.claims.principal } }]
  return judge(access, request, caller, principal, destination, outcome.claims, steps, inOrder(identityHeaders, tokenHeaders(outcome)))
}

/** What the destination's proxy says to a connection whose bytes are not HTTP to it. */
export const authorizeTcp = (
  { policies: { peers, access } }: { policies: Policies },
  { tls }: Connection,
  caller: Caller,
  destination: Workload,
): TcpVerdict => {
  const { mode, rule } = isGateway(destination) ? { mode: 'PERMISSIVE', rule: 'default' } : peers.modeOf(destination)
  if (mode === 'STRICT' && caller.principal === undefined)
    return { allow: false, reset: true, steps: [{ rule, fact: { kind: 'plaintext-refused' } }] }
  const principal = mode === 'DISABLE' ? undefined : caller.principal
  const { rule: decisive, ...judged } = access.checkTcp({ caller, principal, port: destination.port, sni: tls?.sni }, destination)
  return { allow: judged.allow, steps: [{ rule: decisive, fact: { kind: 'access', ...judged } }] }
}

const isGateway = ({ labels }: Workload): boolean => labels.istio === 'ingressgateway'

/**
 * What Istio's sidecars tell a workload of the certificate that they have checked: whose it is, and who asked for it. The hash of a
 * certificate is left out, since there is none; the subject of Istio's own ones is empty.
 */
const identity = (principal: string | undefined, destination: Workload): HeaderChanges =>
  principal === undefined || destination.principal === undefined
    ? noChanges
    : {
        remove: [],
        set: [['x-forwarded-client-cert', `By=spiffe://${destination.principal};Subject="";URI=spiffe://${principal}`]],
        add: [],
      }

const judge = (
  access: AuthorizationPolicies,
  request: RuleRequest,
  caller: Caller,
  principal: string | undefined,
  destination: Workload,
  token: Claims | undefined,
  before: readonly Step[],
  requestHeaders: HeaderChanges,
): Verdict => {
  const asked = { request, caller, principal, token, port: destination.port }
  const { rule, allow, by } = access.check(asked, destination)
  const tried = access.tryOut(asked, destination)
  const steps = [...before, ...(tried?.steps ?? []), { rule, fact: { kind: 'access', allow, by } as const }]
  const dryRun = tried && { dryRun: tried.tags }
  if (allow) return { allow, steps, requestHeaders, ...(token && { claims: token }), ...dryRun }
  return { allow, status: 403, body: 'RBAC: access denied', headers: [['content-type', 'text/plain']], flags: [], steps, ...dryRun }
}

const refuseToken = ({ where, status, body }: Outcome & { ok: false }, request: RuleRequest): Verdict => ({
  allow: false,
  status,
  body,
  headers: [
    ['content-type', 'text/plain'],
    ...(status === 401
      ? [
          [
            'www-authenticate',
            `Bearer realm="${request.scheme}://${request.authority}${request.path.split('?', 1)[0]!.replaceAll('"', '%22')}", error="invalid_token"`,
          ] as const,
        ]
      : []),
  ],
  flags: ['UAEX'],
  steps: [{ rule: where, fact: { kind: 'token-refused', body } }],
})

/** What the workload receives of a valid token; the token itself is removed unless the rule forwards it. */
const tokenHeaders = ({ rule, token, payload, encodedPayload }: Outcome & { ok: true }): HeaderChanges => {
  const claims = (rule.outputClaimToHeaders ?? []).flatMap(({ header, claim }): (readonly [string, string])[] => {
    const value = claim
      .split('.')
      .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined), payload)
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[header.toLowerCase(), String(value)]]
      : []
  })
  return {
    remove: !rule.forwardOriginalToken && token.header !== undefined ? [token.header] : [],
    set: [...(rule.outputPayloadToHeader ? [[rule.outputPayloadToHeader.toLowerCase(), encodedPayload] as const] : []), ...claims],
    add: [],
  }
}
