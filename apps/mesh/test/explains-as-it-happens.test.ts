/** What `explain` says of a call is what the proxy decides when the call is made. */
import { inWords } from '@bookinfo/rules/explain'
import type { Decision } from '@bookinfo/rules/decision'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Hop } from '../src/control/explain.ts'
import { listen } from '../src/proxy/listener.ts'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
let outside: Server
let outsidePort: number
let last: Decision | undefined
beforeAll(async () => {
  outside = createServer((incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`))
  outsidePort = await listen(outside, 0, '127.0.0.1')
  small = await startSmallMesh({ onEnd: ({ decision }) => void (last = decision) })
})
afterAll(async () => {
  outside.closeAllConnections()
  outside.close()
  await small.stop()
})
afterEach(() => {
  for (const object of small.mesh.rules.objects) if (!object.name.startsWith('bookinfo')) small.mesh.rules.delete(object)
  small.mesh.rules.setMesh({ outboundTrafficPolicy: 'ALLOW_ANY' })
})

/** A call as curl -x makes it. */
async function call(url: string) {
  last = undefined
  const port = small.mesh.outbound.get('productpage-v1')!.get('*')!
  const answer = await send(port, url, { headers: { host: new URL(url).host } })
  await expect.poll(() => last).toBeDefined()
  return { status: answer.status, decision: last! }
}

async function explain(question: object): Promise<Hop> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${small.addresses.console}/api/explain`, { method: 'POST', headers, body: JSON.stringify(question) })
  return (await answer.json()) as Hop
}

const entry = (host: string, port: number, more = '') => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside}
spec: {hosts: [${host}], ports: [{number: ${port}, name: http, protocol: HTTP${more}}], resolution: STATIC, endpoints: [{address: 127.0.0.1}]}
---
`
const tls = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: outside}
spec: {host: books.example, trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true}}}
`
const rule = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: outside}
spec: {hosts: [books.example], http: [{match: [{port: 80}], directResponse: {status: 201}}, {directResponse: {status: 202}}]}
`

const cases: [name: string, url: string, rules: string][] = [
  ['an undeclared host', 'http://127.0.0.1:OUTSIDE/a?b', ''],
  ['an undeclared host, without a port', 'http://127.0.0.1/a', ''],
  ['a declared host at its port', 'http://books.example:OUTSIDE/a', entry('books.example', 1, '').replace('number: 1', 'number: OUTSIDE')],
  ['a declared host at its port of 80', 'http://books.example/a', entry('books.example', 80, ', targetPort: OUTSIDE')],
  ['a declared host at another port', 'http://books.example/a', entry('books.example', 81)],
  ['a declared host at port 443', 'http://books.example:443/a', entry('books.example', 443, ', targetPort: OUTSIDE')],
  ['a host with TLS by a rule', 'http://books.example/a', entry('books.example', 80, ', targetPort: OUTSIDE') + tls],
  ['a rule for a port', 'http://books.example/a', rule],
  ['a rule for another port', 'http://books.example:443/a', entry('books.example', 443) + rule],
  ['a service of the mesh', 'http://reviews:9080/reviews/0', ''],
  ['a service of the mesh at a port that it does not have', 'http://reviews:80/', ''],
]

for (const policy of ['ALLOW_ANY', 'REGISTRY_ONLY'] as const)
  test.each(cases)(`${policy}: %s`, async (_, template, text) => {
    const filled = (each: string) => each.replaceAll('OUTSIDE', String(outsidePort))
    small.mesh.rules.setMesh({ outboundTrafficPolicy: policy })
    if (text) small.mesh.rules.apply([{ file: 'outside.yaml', text: filled(text) }])
    const url = filled(template)
    const [{ status, decision }, hop] = [await call(url), await explain({ from: 'productpage-v1', service: url })]
    const withoutChoice = (steps: Hop['steps']) => steps.filter(({ reason }) => !reason.includes('endpoint'))
    expect(withoutChoice(hop.steps)).toEqual(withoutChoice(inWords(decision.steps)))
    expect(hop.cluster).toBe(decision.kind === 'forward' ? decision.cluster.name : null)
    if (decision.kind === 'respond') expect(hop.status).toBe(status)
  })

test.each([
  ['reviews', 'reviews:9080', '/'],
  ['reviews.default', 'reviews.default:9080', '/'],
  ['reviews:81', 'reviews:81', '/'],
  ['productpage', 'productpage:9080', '/productpage'],
  ['httpbin.example', 'httpbin.example', '/'],
  ['httpbin.example:8080', 'httpbin.example:8080', '/'],
  ['http://HTTPBIN.example:80/ip?a=b', 'httpbin.example', '/ip?a=b'],
])('--service %s is a request to %s for %s', async (service, authority, path) => {
  expect(await explain({ from: 'details-v1', service })).toMatchObject({ authority, path })
})

test('a path goes before that of the address', async () => {
  expect(await explain({ from: 'details-v1', service: 'http://a.example/b', path: '/c' })).toMatchObject({
    authority: 'a.example',
    path: '/c',
  })
})

test.each([
  ['tcp://a.example', 'tcp://a.example: expected tcp://HOST:PORT'],
  ['http://', 'http:// is not a service, HOST, HOST:PORT, http://HOST:PORT/PATH, tcp://HOST:PORT or tls://HOST:PORT'],
  ['a b', 'a b is not a service'],
  ['a.example:99999', 'a.example:99999 is not a service'],
])('--service %s is refused in one line', async (service, message) => {
  expect(await explain({ from: 'details-v1', service })).toEqual({ error: expect.stringContaining(message) })
})

test('what the gateway itself refuses is explained as refused', async () => {
  const text = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: denied, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}, action: DENY, rules: [{to: [{operation: {paths: [/login]}}]}]}
`
  small.mesh.rules.apply([{ file: 'denied.yaml', text }])
  const ask = async (path: string) => (await fetch(`${small.addresses.gateway}${path}`)).status
  expect([await ask('/login'), await explain({ path: '/login' })]).toMatchObject([
    403,
    { status: 403, next: [], steps: [{ rule: 'denied.yaml#1 AuthorizationPolicy istio-system/denied spec.rules[0]' }] },
  ])
  expect([await ask('/productpage'), await explain({ path: '/productpage' })]).toMatchObject([
    200,
    { status: null, workload: 'productpage-v1' },
  ])
})

const gatewayJwt = (jwks: string) => `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}, jwtRules: [{issuer: tester, jwks: '${jwks}', forwardOriginalToken: true}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: readers}
spec:
  hosts: [readers.example]
  gateways: [bookinfo-gateway]
  http:
  - match: [{headers: {'@request.auth.claims.group': {exact: readers}}}]
    route: [{destination: {host: details}}]
`

test('a token at the gateway is checked, and its claims choose the route', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  const sign = (group: string) =>
    new SignJWT({ group }).setProtectedHeader({ alg: 'RS256', kid: 'one' }).setIssuer('tester').setExpirationTime('1h').sign(privateKey)
  small.mesh.rules.apply([{ file: 'jwt.yaml', text: gatewayJwt(jwks) }])
  const explained = async (token: string) =>
    explain({ path: '/details/0', headers: { host: 'readers.example', authorization: `Bearer ${token}` } })
  const real = async (token: string) => {
    const headers = { host: 'readers.example', authorization: `Bearer ${token}` }
    return (await send(small.mesh.gatewayPort, '/details/0', { headers })).status
  }
  const [reader, other, bad] = [await sign('readers'), await sign('others'), 'a.b.c']
  expect([await real(reader), await real(other), await real(bad)]).toEqual([200, 404, 401])
  expect([await explained(reader), await explained(other), await explained(bad)]).toMatchObject([
    { status: null, workload: 'details-v1' },
    { status: 404, workload: null },
    { status: 401, workload: null },
  ])
})

test('a hop in plain text to a STRICT workload is explained as reset', async () => {
  const text = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: plain}
spec: {host: ratings, trafficPolicy: {tls: {mode: DISABLE}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
`
  small.mesh.rules.apply([{ file: 'plain.yaml', text }])
  const { status } = await call('http://ratings:9080/ratings/0')
  const hop = await explain({ from: 'productpage-v1', service: 'ratings' })
  expect([status, hop]).toMatchObject([
    503,
    { status: 503, workload: 'ratings-v1', policy: [{ reason: expect.stringContaining('STRICT') }] },
  ])
})

test("the gateway's policies see the address of a client on this machine", async () => {
  const text = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: denied, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}, action: DENY, rules: [{from: [{source: {ipBlocks: [127.0.0.0/8]}}]}]}
`
  small.mesh.rules.apply([{ file: 'denied.yaml', text }])
  expect([(await send(small.mesh.gatewayPort, '/productpage')).status, await explain({})]).toMatchObject([403, { status: 403 }])
})

test('what the gateway adds to a request is seen by its rules', async () => {
  const text = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: proto}
spec:
  hosts: [proto.example]
  gateways: [bookinfo-gateway]
  http: [{match: [{headers: {x-forwarded-proto: {exact: http}}}], directResponse: {status: 201}}]
`
  small.mesh.rules.apply([{ file: 'proto.yaml', text }])
  const headers = { host: 'proto.example' }
  expect([(await send(small.mesh.gatewayPort, '/', { headers })).status, await explain({ headers })]).toMatchObject([201, { status: 201 }])
})

test('what the application asks next follows from the path that it gets', async () => {
  const text = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop.example]
  gateways: [bookinfo-gateway]
  http: [{match: [{uri: {exact: /shop}}], rewrite: {uri: /productpage}, route: [{destination: {host: productpage}}]}]
`
  small.mesh.rules.apply([{ file: 'shop.yaml', text }])
  const { next } = await explain({ path: '/shop', headers: { host: 'shop.example' } })
  expect(next.map(({ path }) => path)).toEqual(['/details/0', '/reviews/0'])
})

test('the command takes an address', async () => {
  const { stdout } = await small.bookinfo(['explain', '--from', 'productpage-v1', '--service', `http://127.0.0.1:${outsidePort}/a`])
  expect(stdout).toContain(`productpage-v1 → GET 127.0.0.1:${outsidePort}/a`)
  expect(stdout).toContain(`127.0.0.1:${outsidePort} is not declared: passed through`)
})
