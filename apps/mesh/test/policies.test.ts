/** Who may call whom, as the proxy in front of the destination answers. */
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hits, send, startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

const strict = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
---
`

const policy = (spec: string, name = 'policy') => `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ${name}}
spec: ${spec}
---
`

test('a denied request is 403 RBAC: access denied, and reaches no workload', async () => {
  lab.apply(policy('{}'))
  expect(await lab.call('/reviews/0')).toMatchObject({ status: 403, body: 'RBAC: access denied' })
  expect(hits(lab, 'reviews')).toBe(0)
})

test('a caller is known by its identity', async () => {
  const only = (account: string) =>
    policy(`{selector: {matchLabels: {app: reviews}}, rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/${account}]}}]}]}`)
  lab.apply(only('bookinfo-ratings'))
  expect((await lab.call('/reviews/0')).status).toBe(403)
  lab.apply(only('bookinfo-productpage'))
  expect((await lab.call('/reviews/0')).status).toBe(200)
})

/** Two Gateways of the Gateway API behind one door. */
const doors = ['one', 'two']
  .map(
    (name) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}}
spec: {parentRefs: [{name: ${name}}], hostnames: [${name}.example], rules: [{backendRefs: [{name: reviews, port: 9080}]}]}
---
`,
  )
  .join('')

test('a policy for a Gateway holds for what comes in by it, and for nothing else', async () => {
  const target = 'targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: one}'
  lab.apply(doors + policy(`{${target}, action: DENY, rules: [{to: [{operation: {paths: ["/denied"]}}]}]}`))
  const ask = async (path: string, host: string) => (await lab.enter(path, { headers: { host } })).status
  expect([await ask('/denied', 'one.example'), await ask('/other', 'one.example'), await ask('/denied', 'two.example')]).toEqual([
    403, 200, 200,
  ])
})

test('a policy of a Gateway is asked before its route is, and for paths that no route has', async () => {
  const target = 'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: one}]'
  lab.apply(doors.replace('rules: [{backendRefs', 'rules: [{matches: [{path: {value: /a}}], backendRefs') + policy(`{${target}}`))
  expect((await lab.enter('/nowhere', { headers: { host: 'one.example' } })).status).toBe(403)
})

const certificates = () => Object.values(lab.seen).flatMap((requests) => requests.map(({ headers }) => headers['x-forwarded-client-cert']))

test("a workload receives its caller's identity, whatever the caller claims", async () => {
  await lab.call('/reviews/0', { headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/default/sa/admin' } })
  expect(certificates()).toEqual([
    'By=spiffe://cluster.local/ns/default/sa/bookinfo-reviews;Subject="";URI=spiffe://cluster.local/ns/default/sa/bookinfo-productpage',
  ])
})

test("behind the gateway the caller is the gateway, and a client's own certificate header is dropped", async () => {
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door}
spec: {hosts: ['*'], gateways: [door], http: [{route: [{destination: {host: productpage, port: {number: 9080}}}]}]}
`)
  await lab.enter('/', { headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/default/sa/admin' } })
  expect(certificates()).toEqual([
    'By=spiffe://cluster.local/ns/default/sa/bookinfo-productpage;Subject="";URI=spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
  ])
})

test('a hop in plain text carries no identity: without a sidecar, by tls DISABLE, and to a workload that takes no mTLS', async () => {
  const claim = { headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/default/sa/admin' } }
  await send(lab.ports.plaintext, '/reviews/0', claim)
  lab.apply(destinationRule('{tls: {mode: DISABLE}}'))
  await lab.call('/reviews/0', claim)
  lab.apply(destinationRule() + strict.replace('STRICT', 'DISABLE'))
  await lab.call('/reviews/0', claim)
  expect(certificates()).toEqual([undefined, undefined, undefined])
})

test('methods and paths are those that arrive', async () => {
  lab.apply(
    policy(
      '{selector: {matchLabels: {app: reviews}}, action: DENY, rules: [{to: [{operation: {methods: [POST], paths: ["/reviews/*"]}}]}]}',
    ),
  )
  expect((await lab.call('/reviews/0')).status).toBe(200)
  expect((await lab.call('/reviews/0', { method: 'POST' })).status).toBe(403)
  expect((await lab.call('/x/../reviews/0', { method: 'POST' })).status).toBe(403)
})

test('plaintext to a STRICT workload is reset; callers with a sidecar go on', async () => {
  expect((await send(lab.ports.plaintext, '/reviews/0')).status).toBe(200)
  lab.apply(strict)
  await expect(send(lab.ports.plaintext, '/reviews/0')).rejects.toThrow(/ECONNRESET|hang up/)
  expect((await lab.call('/reviews/0')).status).toBe(200)
})

test('a sidecar that is configured to speak plaintext gets 503 from a STRICT workload', async () => {
  lab.apply(strict + destinationRule('{tls: {mode: DISABLE}}'))
  expect(await lab.call('/reviews/0')).toMatchObject({ status: 503, body: expect.stringContaining('connection termination') })
})

/** Mirrors reviews-v1's requests to reviews-v2, and to reviews-v3 as proof that mirrors are sent at all. */
const mirrored = virtualService(toV(1, 'mirrors: [{destination: {host: reviews, subset: v2}}, {destination: {host: reviews, subset: v3}}]'))

/** Calls once, and waits for the shadow at reviews-v3. */
async function callMirrored() {
  expect((await lab.call('/reviews/0')).status).toBe(200)
  await expect.poll(() => hits(lab, 'reviews-v3')).toBe(1)
}

/** In plain text to v2 only. */
const plaintextToV2 = destinationRule().replace('{name: v2, labels: {version: v2}', '$&, trafficPolicy: {tls: {mode: DISABLE}}')

test('a mirrored request in plain text is not taken by a STRICT workload', async () => {
  lab.apply(mirrored + plaintextToV2 + strict)
  await callMirrored()
  expect(hits(lab, 'reviews-v2')).toBe(0)
})

test('a mirrored request in plain text carries no identity, another one does', async () => {
  lab.apply(mirrored + plaintextToV2)
  await callMirrored()
  await expect.poll(() => hits(lab, 'reviews-v2')).toBe(1)
  const certificateAt = (pod: string) => lab.seen[pod]![0]!.headers['x-forwarded-client-cert']
  expect(certificateAt('reviews-v2-0')).toBeUndefined()
  expect(certificateAt('reviews-v3-0')).toContain('sa/bookinfo-productpage')
})

test('a mirrored request is denied as the request itself would be', async () => {
  lab.apply(mirrored + destinationRule() + policy('{selector: {matchLabels: {version: v2}}}'))
  await callMirrored()
  expect(hits(lab, 'reviews-v2')).toBe(0)
})

test('a mirrored request has the headers and the original path of the request itself', async () => {
  const rewritten = mirrored.replace(
    '- route',
    "- match: [{uri: {exact: /reviews/0}}]\n    rewrite: {uri: /new}\n    headers: {request: {add: {x-a: '1'}}}\n    route",
  )
  lab.apply(rewritten + destinationRule())
  await callMirrored()
  const [real, shadow] = [lab.seen['reviews-v1-0']![0]!, lab.seen['reviews-v3-0']![0]!]
  const { 'x-b3-spanid': _, ...headers } = real.headers
  expect([shadow.url, shadow.headers]).toMatchObject([real.url, headers])
  expect(shadow.headers).toMatchObject({ 'x-a': '1', 'x-envoy-original-path': '/reviews/0' })
})

test('a token is checked against its keys: none passes, a good one passes, a bad one is 401', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  lab.apply(`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt}
spec:
  selector: {matchLabels: {app: reviews}}
  jwtRules: [{issuer: tester, jwks: '${jwks}'}]
---
`)
  const token = (issuer: string) =>
    new SignJWT({ groups: ['readers'] })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(issuer)
      .setSubject('jason')
      .setExpirationTime('1h')
      .sign(privateKey)
  const ask = async (bearer?: string) =>
    (await lab.call('/reviews/0', { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} })).status
  const good = await token('tester')
  expect(await ask()).toBe(200)
  expect(await ask(good)).toBe(200)
  expect(await ask(`${good.slice(0, -4)}AAAA`)).toBe(401)
  lab.apply(policy('{selector: {matchLabels: {app: reviews}}, rules: [{from: [{source: {requestPrincipals: [tester/jason]}}]}]}'))
  expect(await ask()).toBe(403)
  expect(await ask(good)).toBe(200)
})

test('the gateway asks for a token too', async () => {
  lab.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}}
`)
  expect(await lab.enter('/')).toMatchObject({ status: 403, body: 'RBAC: access denied' })
})

test('the gateway routes by the claims of a good token, as in Istio\'s "JWT claim based routing"', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  lab.apply(`
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: ingress-jwt, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  jwtRules: [{issuer: tester, jwks: '${jwks}'}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door}
spec:
  hosts: ['*']
  gateways: [door]
  http:
  - match: [{uri: {prefix: /headers}, headers: {'@request.auth.claims.groups': {exact: group1}}}]
    route: [{destination: {host: details, port: {number: 9080}}}]
`)
  const token = (groups: string[]) =>
    new SignJWT({ groups }).setProtectedHeader({ alg: 'RS256', kid: 'one' }).setIssuer('tester').setExpirationTime('1h').sign(privateKey)
  const ask = async (bearer?: string) =>
    (await lab.enter('/headers', { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } })).status
  expect(await ask()).toBe(404)
  expect(await ask('some.invalid.token')).toBe(401)
  expect(await ask(await token(['group1', 'group2']))).toBe(200)
  expect(await ask(await token(['group2']))).toBe(404)
})

test('a policy with istio.io/dry-run lets requests pass, and the span says what it would have done', async () => {
  lab.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-path, annotations: {istio.io/dry-run: "true"}}
spec: {selector: {matchLabels: {app: reviews}}, action: DENY, rules: [{to: [{operation: {paths: [/reviews/0]}}]}]}
`)
  expect((await lab.call('/reviews/0')).status).toBe(200)
  const span = lab.spans.find(({ kind }) => kind === 'SERVER')
  expect(span?.tags).toMatchObject({
    'istio.authorization.dry_run.deny_policy.name': 'ns[default]-policy[deny-path]-rule[0]',
    'istio.authorization.dry_run.deny_policy.result': 'denied',
  })
})
