/** For any rules, callers and requests, `explain` says where the real request goes, and who refuses it. */
import fc from 'fast-check'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Hop } from '../src/control/explain.ts'
import { startingRules } from '../src/control/library.ts'
import type { ExchangeRecord } from '../src/proxy/exchange-record.ts'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const cases = 150
vi.setConfig({ testTimeout: 120_000 })

let small: SmallMesh
let last: ExchangeRecord | undefined
let jwks: string
let tokens: Record<'good' | 'other', string>
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  const sign = (group: string) =>
    new SignJWT({ group })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer('tester')
      .setSubject('jason')
      .setExpirationTime('1h')
      .sign(privateKey)
  tokens = { good: await sign('readers'), other: await sign('others') }
  small = await startSmallMesh({ onEnd: (record) => void (last = record) })
})
afterAll(() => small.stop())

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const text = JSON.stringify

const host = fc.constantFrom('productpage', 'reviews', 'details', 'ratings')
const subset = fc.constantFrom('v1', 'v2', 'v3')
const path = fc.constantFrom('/productpage', '/reviews/0', '/a', '/a/b')
const account = fc.constantFrom('bookinfo-productpage', 'bookinfo-reviews', 'istio-ingressgateway-service-account')
const xa = fc.constantFrom('1', '2')
const client = fc.constantFrom('127.0.0.0/8', '10.0.0.0/8')

const match = fc.record(
  {
    uri: path.map((prefix) => ({ prefix })),
    headers: fc.oneof(
      xa.map((exact) => ({ 'x-a': { exact } })),
      fc.constantFrom('readers', 'others').map((exact) => ({ '@request.auth.claims.group': { exact } })),
      fc.constant({ 'x-forwarded-proto': { exact: 'http' } }),
    ),
    method: fc.constantFrom('GET', 'POST').map((exact) => ({ exact })),
  },
  { requiredKeys: [] },
)
const destination = fc.record({ host, subset: optional(subset) })
const action = fc.oneof(
  { weight: 6, arbitrary: destination.map((to) => ({ route: [{ destination: to }] })) },
  {
    weight: 2,
    arbitrary: fc.tuple(destination, destination).map((both) => ({ route: both.map((to) => ({ destination: to, weight: 50 })) })),
  },
  { weight: 1, arbitrary: fc.constant({ redirect: { uri: '/elsewhere' } }) },
  { weight: 1, arbitrary: fc.constant({ directResponse: { status: 418 } }) },
)
const changes = fc.oneof(
  fc.constant({}),
  path.map((uri) => ({ rewrite: { uri } })),
  xa.map((value) => ({ headers: { request: { set: { 'x-a': value } } } })),
  fc.constant({ headers: { request: { remove: ['x-a'] } } }),
)
const http = fc
  .tuple(optional(match), action, changes)
  .map(([given, done, more]) => ({ ...(given && { match: [given] }), ...('route' in done ? more : {}), ...done }))

/** One rule for a service, or for what comes in at the gateway. */
const virtualService = fc.tuple(fc.oneof(host, fc.constant('*')), fc.array(http, { minLength: 1, maxLength: 3 })).map(([of, routes]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: of === '*' ? 'bookinfo' : of },
  spec: { hosts: [of], ...(of === '*' && { gateways: ['bookinfo-gateway'] }), http: routes },
}))

const tls = fc.constantFrom(undefined, 'DISABLE', 'ISTIO_MUTUAL')
const policyOf = (mode: string | undefined) => (mode === undefined ? {} : { trafficPolicy: { tls: { mode } } })
const destinationRule = fc.tuple(host, tls, tls, tls, tls).map(([of, whole, ...each]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: of },
  spec: {
    host: of,
    ...policyOf(whole),
    subsets: each.map((mode, index) => ({ name: `v${index + 1}`, labels: { version: `v${index + 1}` }, ...policyOf(mode) })),
  },
}))

const selector = fc.oneof(
  { weight: 2, arbitrary: host.map((app) => ({ app })) },
  { weight: 1, arbitrary: fc.tuple(host, subset).map(([app, version]) => ({ app, version })) },
  { weight: 3, arbitrary: fc.constant({ istio: 'ingressgateway' }) },
)
/** Where a policy for those labels stands. */
const metadata = (kind: string, labels: object) => ({
  name: [kind, ...Object.values(labels)].join('-'),
  namespace: 'istio' in labels ? 'istio-system' : 'default',
})

const peerAuthentication = fc
  .tuple(fc.option(selector, { nil: undefined, freq: 1 }), fc.constantFrom('STRICT', 'STRICT', 'PERMISSIVE', 'DISABLE'))
  .map(([labels, mode]) => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: metadata('peer', labels ?? {}),
    spec: { ...(labels && { selector: { matchLabels: labels } }), mtls: { mode } },
  }))

const source = fc.oneof(
  account.map((name) => ({ principals: [`*/sa/${name}`] })),
  fc.constant({ principals: ['*'] }),
  fc.constant({ requestPrincipals: ['tester/jason'] }),
  client.map((block) => ({ ipBlocks: [block] })),
)
const operation = fc.oneof(
  path.map((prefix) => ({ paths: [`${prefix}*`] })),
  fc.constantFrom('GET', 'POST').map((method) => ({ methods: [method] })),
)
const condition = fc.oneof(
  xa.map((value) => ({ key: 'request.headers[x-a]', values: [value] })),
  path.map((original) => ({ key: 'request.headers[x-envoy-original-path]', values: [original] })),
)
const rule = fc.tuple(optional(source), optional(operation), optional(condition)).map(([from, to, when]) => ({
  ...(from && { from: [{ source: from }] }),
  ...(to && { to: [{ operation: to }] }),
  ...(when && { when: [when] }),
}))
const authorizationPolicy = fc
  .tuple(selector, fc.constantFrom('ALLOW', 'DENY'), fc.array(rule, { minLength: 1, maxLength: 2 }))
  .map(([labels, kind, given]) => ({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: metadata('access', labels),
    spec: { selector: { matchLabels: labels }, action: kind, rules: given },
  }))

const requestAuthentication = selector.map((labels) => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'RequestAuthentication',
  metadata: metadata('jwt', labels),
  spec: { selector: { matchLabels: labels }, jwtRules: [{ issuer: 'tester', jwks: 'JWKS', forwardOriginalToken: true }] },
}))

/** Some objects of every kind; of two that have one name, the later one holds. */
const objects = fc
  .tuple(
    fc.array(virtualService, { maxLength: 2 }),
    fc.array(destinationRule, { maxLength: 2 }),
    fc.array(peerAuthentication, { maxLength: 2 }),
    fc.array(authorizationPolicy, { maxLength: 2 }),
    fc.array(requestAuthentication, { maxLength: 1 }),
  )
  .map((kinds) => [...new Map(kinds.flat().map((each) => [`${each.kind} ${each.metadata.name}`, each])).values()])

const question = fc.record({
  from: fc.constantFrom('istio-ingressgateway', 'istio-ingressgateway', 'productpage-v1', 'reviews-v2', 'details-v1'),
  service: host,
  path,
  method: fc.constantFrom('GET', 'GET', 'POST'),
  xa: optional(xa),
  token: fc.constantFrom(undefined, undefined, 'good', 'other', 'bad'),
})
type Question = typeof question extends fc.Arbitrary<infer T> ? T : never

const headersOf = (asked: Question): Record<string, string> => ({
  ...(asked.xa !== undefined && { 'x-a': asked.xa }),
  ...(asked.token !== undefined && { authorization: `Bearer ${asked.token === 'bad' ? 'a.b.c' : tokens[asked.token as 'good']}` }),
})

/** Makes the call, as curl does at the gateway or in the workload. */
async function call(asked: Question) {
  const { mesh } = small
  const inside = asked.from !== 'istio-ingressgateway'
  const port = inside ? mesh.outbound.get(asked.from)!.get('*')! : mesh.gatewayPort
  const headers = { ...headersOf(asked), host: inside ? `${asked.service}:9080` : 'localhost' }
  last = undefined
  const { status } = await send(port, asked.path, { method: asked.method, headers })
  await expect.poll(() => last, { interval: 2 }).toBeDefined()
  return { status, workload: last!.workload ?? null }
}

async function explain(asked: Question): Promise<Hop> {
  const inside = asked.from !== 'istio-ingressgateway'
  const answer = await fetch(`${small.addresses.console}/api/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text({
      method: asked.method,
      path: asked.path,
      headers: headersOf(asked),
      ...(inside && { from: asked.from, service: `${asked.service}:9080` }),
    }),
  })
  return (await answer.json()) as Hop
}

function putInForce(given: readonly object[]) {
  const { rules } = small.mesh
  for (const object of rules.objects) if (object.name !== 'bookinfo-gateway') rules.delete(object)
  rules.apply([startingRules()])
  rules.apply([{ file: 'rules.yaml', text: given.map((each) => text(each).replace('"JWKS"', text(jwks))).join('\n---\n') }])
}

/** How often each outcome was met: a property that only ever sees 200 says little. */
const met = new Map<string, number>()

test('explain says where a request goes, and with which status it is refused', async () => {
  await fc.assert(
    fc.asyncProperty(objects, fc.array(question, { minLength: 3, maxLength: 3 }), async (given, questions) => {
      putInForce(given)
      for (const asked of questions) {
        const [hop, real] = [await explain(asked), await call(asked)]
        // `reviews-v2`, `404 by the proxy` or `503 no healthy upstream`
        const possible = hop.chances.map(({ result }) => result.split(' ')[0])
        expect(possible).toContain(real.workload ?? String(real.status))
        // By chance the two may have gone to different workloads, which have their own policies.
        if (real.workload === hop.workload) expect(hop.status ?? 200).toBe(real.status)
        const outcome = `${real.status} ${real.workload === null ? 'by the proxy' : 'by a workload'}`
        met.set(outcome, (met.get(outcome) ?? 0) + 1)
      }
    }),
    { numRuns: cases },
  )
  const outcomes = ['200 by a workload', '403 by the proxy', '403 by a workload', '404 by the proxy']
  expect([...met.keys()]).toEqual(expect.arrayContaining(outcomes))
})
