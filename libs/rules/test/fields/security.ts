import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { authorize } from '../../src/policy/authorize.ts'
import type { Workload } from '../../src/model/decision.ts'
import type { RuleSet } from '../../src/compile/ruleset.ts'
import { authorizationPolicy, productpage, request, type Ask } from '../support.ts'
import type { FieldCase, Fields } from './field-case.ts'

const reviews: Workload = { name: 'reviews-v1', namespace: 'default', labels: { app: 'reviews', version: 'v1' }, port: 9080 }
const door: Workload = {
  name: 'door',
  namespace: 'default',
  labels: { istio: 'ingressgateway' },
  port: 80,
  entered: { namespace: 'default', name: 'door' },
}
const now = Date.UTC(2026, 0, 1)
const { principal: _, ...plaintext } = productpage

interface Asks extends Ask {
  at?: Workload
}
const verdict = (set: RuleSet, { at = reviews, from = productpage, ...question }: Asks = {}) =>
  authorize(set, request(question), from, at, now)
const word = async (set: RuleSet, question?: Asks): Promise<string | number> => {
  const answer = await verdict(set, question)
  return answer.allow ? 'allow' : 'reset' in answer ? 'reset' : answer.status
}
const says = (question?: Asks): Pick<FieldCase, 'see'> => ({ see: (set) => word(set, question) })

const strict = { mode: 'STRICT' }
export const peerAuthenticationFields: FieldCase[] = [
  {
    spec: { selector: { matchLabels: { app: 'reviews', version: 'never' } }, mtls: strict },
    ...says({ from: plaintext }),
    is: 'allow',
    removed: { 'selector.matchLabels.*': 'reset' },
  },
  { spec: { mtls: strict }, ...says({ from: plaintext }), is: 'reset', removed: { 'mtls.mode': 'allow' } },
  {
    spec: { selector: { matchLabels: { app: 'reviews' } }, portLevelMtls: { 9080: strict } },
    ...says({ from: plaintext }),
    is: 'reset',
    removed: { 'portLevelMtls.*.mode': 'allow' },
  },
]

const keys = await generateKeyPair('RS256')
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' }] })
const token = await new SignJWT({ iss: 'issuer', sub: 'jason', aud: 'bookinfo', group: 'staff', exp: now / 1000 + 3600 })
  .setProtectedHeader({ alg: 'RS256', kid: 'one' })
  .sign(keys.privateKey)
const bearer = { headers: { authorization: `Bearer ${token}` } }
/** Who is seen in the token: the request is allowed all the same when no token is found. */
const who = (question: Asks): Pick<FieldCase, 'see'> => ({
  see: async (set) => {
    const answer = await verdict(set, question)
    return answer.allow ? (answer.claims?.principal ?? 'no principal') : 'body' in answer ? answer.body : 'reset'
  },
})
const reported = (question: Asks): Pick<FieldCase, 'see'> => ({
  see: async (set) => {
    const answer = await verdict(set, question)
    return answer.allow ? { remove: answer.requestHeaders.remove, set: Object.fromEntries(answer.requestHeaders.set) } : answer
  },
})
const rule = (more: Fields = {}) => ({ jwtRules: [{ issuer: 'issuer', jwks, ...more }] })
const none = '{"keys":[]}'
const uri = 'https://issuer.example/keys'
const jason = 'issuer/jason'

/** Policies that hold for a gateway of the Gateway API, and what is seen there of each. */
const targets = (spec: Fields, see: (at: Workload) => FieldCase['see'], there: unknown, elsewhere: unknown): FieldCase[] => [
  {
    spec: { ...spec, selector: { matchLabels: { app: 'reviews', version: 'never' } } },
    see: see(reviews),
    is: elsewhere,
    removed: { 'selector.matchLabels.*': there },
  },
  {
    spec: { ...spec, targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'door' } },
    see: see(door),
    is: there,
    changed: { 'targetRef.name': ['other', elsewhere] },
    implied: ['targetRef.group', 'targetRef.kind'],
  },
  {
    spec: { ...spec, targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'door' }] },
    see: see(door),
    is: there,
    changed: { 'targetRefs[].name': ['other', elsewhere] },
    implied: ['targetRefs[].group', 'targetRefs[].kind'],
  },
]

export const requestAuthenticationFields: FieldCase[] = [
  ...targets(rule(), (at) => who({ ...bearer, at }).see, jason, 'no principal'),
  {
    spec: rule({ audiences: ['other', 'bookinfo'] }),
    ...who(bearer),
    is: jason,
    changed: {
      'jwtRules[].issuer': ['other', 'Jwt issuer is not configured'],
      'jwtRules[].jwks': [none, "Jwks doesn't have key to match kid or alg from Jwt"],
    },
    removed: { 'jwtRules[].audiences[]': 'Audiences in Jwt are not allowed' },
  },
  {
    spec: { jwtRules: [{ issuer: 'issuer', jwksUri: uri, timeout: '1s' }] },
    see: (set) => Object.fromEntries(set.policies.tokens.keyUris),
    is: { [uri]: 1000 },
    changed: { 'jwtRules[].jwksUri': ['https://other.example', { [uri]: undefined, 'https://other.example': 1000 }] },
    removed: { 'jwtRules[].timeout': { [uri]: 5000 } },
  },
  {
    spec: rule({ fromHeaders: [{ name: 'x-token', prefix: 'Token ' }] }),
    ...who({ headers: { 'x-token': `Token ${token}` } }),
    is: jason,
    changed: { 'jwtRules[].fromHeaders[].name': ['other', 'no principal'] },
    removed: { 'jwtRules[].fromHeaders[].prefix': 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections' },
  },
  {
    spec: rule({ fromParams: ['other', 'token'] }),
    ...who({ path: `/?token=${token}` }),
    is: jason,
    removed: { 'jwtRules[].fromParams[]': 'no principal' },
  },
  {
    spec: rule({ fromCookies: ['other', 'token'] }),
    ...who({ headers: { cookie: `token=${token}` } }),
    is: jason,
    removed: { 'jwtRules[].fromCookies[]': 'no principal' },
  },
  {
    spec: rule({
      outputPayloadToHeader: 'x-payload',
      forwardOriginalToken: true,
      outputClaimToHeaders: [{ header: 'x-group', claim: 'group' }],
    }),
    ...reported(bearer),
    is: { remove: [], set: { 'x-payload': token.split('.')[1], 'x-group': 'staff' } },
    changed: {
      'jwtRules[].outputClaimToHeaders[].header': ['x-other', { set: { 'x-payload': token.split('.')[1], 'x-other': 'staff' } }],
      'jwtRules[].outputClaimToHeaders[].claim': ['sub', { set: { 'x-payload': token.split('.')[1], 'x-group': 'jason' } }],
    },
    removed: {
      'jwtRules[].outputPayloadToHeader': { set: { 'x-group': 'staff' } },
      'jwtRules[].forwardOriginalToken': { remove: ['authorization'] },
    },
  },
]

/** What a request has of each, and by which field a policy asks for it. */
const sources = {
  principals: productpage.principal!,
  requestPrincipals: jason,
  namespaces: 'default',
  serviceAccounts: 'default/bookinfo-productpage',
  ipBlocks: '10.0.0.7',
  remoteIpBlocks: '10.0.0.0/24',
}
const operations = { hosts: 'reviews:9080', ports: '9080', methods: 'GET', paths: '/reviews/0' }
const tokenIsRead = { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'jwt' }, spec: rule() }
const other = (field: string) => (field.endsWith('pBlocks') ? '192.0.2.1' : field === 'ports' ? '1' : 'never')
const negated = (field: string) => `not${field[0]!.toUpperCase()}${field.slice(1)}`
const asked = (fields: Record<string, string>, at: string, part: (fields: Fields) => Fields): FieldCase[] =>
  Object.entries(fields).flatMap(([field, value]) => [
    {
      spec: { rules: [part({ [field]: [other(field), value] })] },
      others: [tokenIsRead],
      ...says(bearer),
      is: 'allow',
      removed: { [`${at}.${field}[]`]: 403 },
    },
    {
      spec: { rules: [part({ [negated(field)]: [other(field), value] })] },
      others: [tokenIsRead],
      ...says(bearer),
      is: 403,
      removed: { [`${at}.${negated(field)}[]`]: 'allow' },
    },
  ])

export const authorizationPolicyFields: FieldCase[] = [
  ...targets({ action: 'DENY', rules: [{}] }, (at) => says({ at }).see, 403, 'allow'),
  { spec: { action: 'DENY', rules: [{}] }, ...says(), is: 403, removed: { action: 'allow' } },
  ...asked(sources, 'rules[].from[].source', (source) => ({ from: [{ source }] })),
  ...asked(operations, 'rules[].to[].operation', (operation) => ({ to: [{ operation }] })),
  {
    spec: { rules: [{ when: [{ key: 'request.headers[a]', values: ['y', 'x'], notValues: ['never'] }] }] },
    ...says({ headers: { a: 'x', b: 'never' } }),
    is: 'allow',
    changed: { 'rules[].when[].key': ['request.headers[b]', 403] },
    removed: { 'rules[].when[].values[]': 403 },
  },
  {
    spec: { rules: [{ when: [{ key: 'request.headers[a]', notValues: ['y', 'x'] }] }] },
    others: [authorizationPolicy('other', { rules: [{ to: [{ operation: { methods: ['PUT'] } }] }] })],
    ...says({ headers: { a: 'x' } }),
    is: 403,
    removed: { 'rules[].when[].notValues[]': 'allow' },
  },
]
