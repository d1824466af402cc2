import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { authorize } from '../src/policy/authorize.ts'
import type { Verdict, Workload } from '../src/model/decision.ts'
import {
  atDoor,
  authorizationPolicy,
  gateway,
  goal,
  productpage,
  request,
  requestAuthentication,
  rules,
  rulesFor,
  virtualService,
  type Ask,
} from './support.ts'

const issuer = 'testing@secure.istio.io'
const now = Date.UTC(2026, 0, 1)
const reviews: Workload = { name: 'reviews-v1', namespace: 'default', labels: { app: 'reviews' }, port: 9080 }
let jwks = ''
let sign: (claims: JWTPayload) => Promise<string>

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  sign = (claims) =>
    new SignJWT({ iss: issuer, sub: 'jason', exp: now / 1000 + 3600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(privateKey)
})

const policy = (rule: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  requestAuthentication('jwt', { jwtRules: [{ issuer, jwks, ...rule }], ...more })
const verdict = async (set: ReturnType<typeof rules>, question: Ask = {}): Promise<Verdict> =>
  authorize(set, request(question), productpage, reviews, now)
const bearer = async (claims: JWTPayload = {}) => ({ headers: { authorization: `Bearer ${await sign(claims)}` } })
const outcomeOf = async (set: ReturnType<typeof rules>, question: Ask = {}) => {
  const answer = await verdict(set, question)
  if (answer.allow) return 'allow'
  if ('reset' in answer) return 'reset'
  return [answer.status, answer.body]
}

test('a request without a token passes', async () => {
  expect(await outcomeOf(rules(policy()))).toBe('allow')
})

test('a good token is allowed, and does not go on', async () => {
  expect(await verdict(rules(policy()), await bearer())).toMatchObject({
    allow: true,
    requestHeaders: { remove: ['authorization'], set: [] },
  })
})

test('forwardOriginalToken lets it go on', async () => {
  expect(await verdict(rules(policy({ forwardOriginalToken: true })), await bearer())).toMatchObject({ requestHeaders: { remove: [] } })
})

test.each([
  ['of another issuer', { iss: 'stranger' }, [401, 'Jwt issuer is not configured']],
  ['that has expired', { exp: now / 1000 - 61 }, [401, 'Jwt is expired']],
  ['that expired within the tolerance', { exp: now / 1000 - 59 }, 'allow'],
  ['that is not valid yet', { nbf: now / 1000 + 61 }, [401, 'Jwt not yet valid']],
])('a token %s', async (_, claims, expected) => {
  expect(await outcomeOf(rules(policy()), await bearer(claims))).toEqual(expected)
})

test('a token that was tampered with', async () => {
  const token = await sign({})
  const [head, , signature] = token.split('.')
  const forged = [
    head,
    Buffer.from(JSON.stringify({ iss: issuer, sub: 'root', exp: now / 1000 + 3600 })).toString('base64url'),
    signature,
  ].join('.')
  expect(await outcomeOf(rules(policy()), { headers: { authorization: `Bearer ${forged}` } })).toEqual([401, 'Jwt verification fails'])
})

test('a token without signature', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = `${part({ alg: 'none' })}.${part({ iss: issuer, sub: 'root' })}.`
  expect((await outcomeOf(rules(policy()), { headers: { authorization: `Bearer ${none}` } }))[0]).toBe(401)
})

test('a token that is none', async () => {
  const answer = await verdict(rules(policy()), { headers: { authorization: 'Bearer garbage' } })
  expect(answer).toMatchObject({
    status: 401,
    body: 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    headers: [
      ['content-type', 'text/plain'],
      ['www-authenticate', 'Bearer realm="http://reviews:9080/reviews/0", error="invalid_token"'],
    ],
  })
})

test('a token needs the scheme Bearer', async () => {
  expect(await outcomeOf(rules(policy()), { headers: { authorization: 'Basic dXNlcjpwdw==' } })).toBe('allow')
})

test("audiences must have one of the token's", async () => {
  const set = rules(policy({ audiences: ['books', 'stock'] }))
  expect([await outcomeOf(set, await bearer({ aud: ['stock'] })), await outcomeOf(set, await bearer({ aud: 'else' }))]).toEqual([
    'allow',
    [403, 'Audiences in Jwt are not allowed'],
  ])
})

test('a token as the parameter access_token', async () => {
  expect(await outcomeOf(rules(policy()), { path: `/reviews/0?access_token=${await sign({ iss: 'x' })}` })).toEqual([
    401,
    'Jwt issuer is not configured',
  ])
})

test('fromHeaders, fromParams and fromCookies are looked at instead', async () => {
  const set = rules(policy({ fromHeaders: [{ name: 'X-Jwt', prefix: 'Token ' }], fromParams: ['jwt'], fromCookies: ['session'] }))
  const token = await sign({ iss: 'x' })
  const answers = [{ 'x-jwt': `Token ${token}` }, { cookie: `a=b; session="${token}"` }, { authorization: `Bearer ${token}` }].map(
    (headers) => outcomeOf(set, { headers }),
  )
  expect((await Promise.all([...answers, outcomeOf(set, { path: `/?jwt=${token}` })])).map((each) => each[0])).toEqual([401, 401, 'a', 401])
})

test('the workload receives payload and claims', async () => {
  const set = rules(policy({ outputPayloadToHeader: 'X-Payload', outputClaimToHeaders: [{ header: 'x-group', claim: 'org.group' }] }))
  const answer = await verdict(set, await bearer({ org: { group: 'red' } }))
  expect(answer).toMatchObject({
    requestHeaders: {
      set: [
        ['x-payload', expect.any(String)],
        ['x-group', 'red'],
      ],
    },
  })
})

test('a policy for other workloads is not asked', async () => {
  expect(
    await outcomeOf(rules(policy({}, { selector: { matchLabels: { app: 'ratings' } } })), { headers: { authorization: 'Bearer garbage' } }),
  ).toBe('allow')
})

test('of two rules the one that knows the issuer decides', async () => {
  const set = rules(
    requestAuthentication('jwt', {
      jwtRules: [
        { issuer: 'first', jwks },
        { issuer: 'second', jwks },
      ],
    }),
  )
  expect([await outcomeOf(set, await bearer({ iss: 'second' })), await outcomeOf(set, await bearer({ iss: 'second', exp: 1 }))]).toEqual([
    'allow',
    [401, 'Jwt is expired'],
  ])
})

const guarded = (rule: unknown) => rules(policy(), authorizationPolicy('need-token', { rules: [rule] }))

test.each([
  ['requestPrincipals', { from: [{ source: { requestPrincipals: [`${issuer}/jason`] } }] }, {}, { sub: 'kim' }],
  ['notRequestPrincipals', { from: [{ source: { notRequestPrincipals: [`${issuer}/kim`] } }] }, {}, { sub: 'kim' }],
  ['when request.auth.principal', { when: [{ key: 'request.auth.principal', values: ['*/jason'] }] }, {}, { sub: 'kim' }],
  ['when request.auth.audiences', { when: [{ key: 'request.auth.audiences', values: ['books'] }] }, { aud: ['a', 'books'] }, { aud: 'a' }],
  ['when request.auth.presenter', { when: [{ key: 'request.auth.presenter', values: ['app'] }] }, { azp: 'app' }, {}],
  [
    'when request.auth.claims',
    { when: [{ key: 'request.auth.claims[groups]', values: ['red'] }] },
    { groups: ['blue', 'red'] },
    { groups: ['blue'] },
  ],
  [
    'when a claim within a claim',
    { when: [{ key: 'request.auth.claims[org][team]', values: ['x'] }] },
    { org: { team: 'x' } },
    { org: {} },
  ],
  ['when a scope', { when: [{ key: 'request.auth.claims[scope]', values: ['read'] }] }, { scope: 'write read' }, { scope: 'write' }],
])('%s', async (_, rule, good, bad) => {
  expect([await outcomeOf(guarded(rule), await bearer(good)), await outcomeOf(guarded(rule), await bearer(bad))]).toEqual([
    'allow',
    [403, 'RBAC: access denied'],
  ])
})

test('a request without token meets a policy that needs one', async () => {
  expect(await outcomeOf(guarded({ from: [{ source: { requestPrincipals: ['*'] } }] }))).toEqual([403, 'RBAC: access denied'])
})

test('a token is looked for only in headers that were sent', async () => {
  expect(await outcomeOf(rules(policy({ fromHeaders: [{ name: 'constructor' }] })))).toBe('allow')
})

const claimed = (claims: JWTPayload, ...matches: unknown[]) => {
  const door = gateway('door', {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  })
  const http = [{ match: matches, route: [{ destination: { host: 'details' } }] }, { route: [{ destination: { host: 'productpage' } }] }]
  const set = rules(policy(), door, virtualService('claims', { hosts: ['*'], gateways: ['door'], http }))
  return bearer(claims).then(async (question) => {
    const answer = await verdict(set, question)
    if (!answer.allow) throw new Error('the token is good')
    return goal(set, { ...atDoor(question), ...(answer.claims && { claims: answer.claims }) })
  })
}

test.each([
  ['a claim', { group: 'one' }, { headers: { '@request.auth.claims.group': { exact: 'one' } } }, 'details'],
  ['another value of it', { group: 'two' }, { headers: { '@request.auth.claims.group': { exact: 'one' } } }, 'productpage'],
  ['one of a list', { groups: ['one', 'two'] }, { headers: { '@request.auth.claims[groups]': { prefix: 'tw' } } }, 'details'],
  [
    'a claim within another',
    { realm: { role: 'admin' } },
    { headers: { '@request.auth.claims.realm.role': { regex: 'ad.*' } } },
    'details',
  ],
  ['a name with a dot', { 'a.b': 'c' }, { headers: { '@request.auth.claims[a.b]': { exact: 'c' } } }, 'details'],
  ['any value', { group: 'one' }, { headers: { '@request.auth.claims.group': {} } }, 'details'],
  ['no such claim', {}, { headers: { '@request.auth.claims.group': {} } }, 'productpage'],
  ['what must not be claimed', { group: 'one' }, { withoutHeaders: { '@request.auth.claims.group': { exact: 'one' } } }, 'productpage'],
  ['what is not claimed', {}, { withoutHeaders: { '@request.auth.claims.group': { exact: 'one' } } }, 'details'],
])('a route of the gateway matches %s', async (_name, claims, match, expected) => {
  expect(await claimed(claims, match)).toBe(expected)
})

test('a header of that name is not a claim', () => {
  const set = rules(
    virtualService('claims', {
      hosts: ['reviews'],
      http: [{ match: [{ headers: { '@request.auth.claims.group': { exact: 'one' } } }], directResponse: { status: 418 } }],
    }),
  )
  expect(goal(set, { headers: { '@request.auth.claims.group': 'one' } })).toBe(404)
})

test('keys of a jwksUri are those that were fetched from there; until then tokens are refused', async () => {
  const jwksUri = 'https://issuer.example/jwks.json'
  const remote = requestAuthentication('jwt', { jwtRules: [{ issuer, jwksUri, timeout: '2s' }] })
  const early = rules(remote)
  expect([...early.policies.tokens.keyUris]).toEqual([[jwksUri, 2_000]])
  expect(early.warnings).toEqual([
    {
      where: 'rules.yaml#1 RequestAuthentication default/jwt spec.jwtRules[0].jwksUri',
      message: `there are no keys from ${jwksUri} so far: tokens are refused`,
    },
  ])
  expect(await outcomeOf(early, await bearer())).toEqual([401, "Jwks doesn't have key to match kid or alg from Jwt"])
  const later = rulesFor({ fetched: new Map([[jwksUri, jwks]]) }, remote)
  expect([later.warnings, await outcomeOf(later, await bearer())]).toEqual([[], 'allow'])
})
