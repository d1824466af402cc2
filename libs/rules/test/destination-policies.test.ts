import { expect, test } from 'vitest'
import {
  atDoor,
  destinationRule,
  gateway,
  goal,
  numbers,
  productpage,
  quiet,
  reviewsSubsets,
  rules,
  rulesFor,
  sent,
  spread,
  type Ask,
  virtualService,
} from './support.ts'
import { pickEndpoint } from '../src/decide/pick-endpoint.ts'

const policy = (trafficPolicy: unknown) => rules(destinationRule('reviews', { host: 'reviews', trafficPolicy }))
const cluster = (trafficPolicy: unknown) => sent(policy(trafficPolicy)).cluster
const balancer = (loadBalancer: unknown, question: Ask = {}) => sent(policy({ loadBalancer }), question).balancer

test.each([
  ['UNSPECIFIED', 'LEAST_REQUEST'],
  ['ROUND_ROBIN', 'ROUND_ROBIN'],
  ['RANDOM', 'RANDOM'],
  ['LEAST_REQUEST', 'LEAST_REQUEST'],
  ['LEAST_CONN', 'LEAST_REQUEST'],
])('loadBalancer simple %s is %s', (simple, kind) => {
  expect(balancer({ simple })).toEqual({ kind })
})

test('a hash by header takes its value', () => {
  expect(balancer({ consistentHash: { httpHeaderName: 'End-User' } }, { headers: { 'end-user': 'jason' } })).toEqual({
    kind: 'HASH',
    key: 'jason',
  })
})

test('a hash by a header that is not there has no key', () => {
  expect(balancer({ consistentHash: { httpHeaderName: 'end-user' } })).toEqual({ kind: 'HASH' })
})

test('a hash by query parameter takes its value', () => {
  expect(balancer({ consistentHash: { httpQueryParameterName: 'u', maglev: { tableSize: 65537 } } }, { path: '/?a=1&u=jason' })).toEqual({
    kind: 'HASH',
    key: 'jason',
  })
})

test('a hash by source ip takes the address of the caller', () => {
  expect(balancer({ consistentHash: { useSourceIp: true, ringHash: { minimumRingSize: 2048 } } })).toEqual({
    kind: 'HASH',
    key: '10.0.0.7',
  })
})

test('a hash by cookie takes its value', () => {
  expect(
    balancer(
      { consistentHash: { httpCookie: { name: 'user', ttl: '60s' }, minimumRingSize: 8 } },
      { headers: { cookie: 'a=b; user="x1"' } },
    ),
  ).toEqual({ kind: 'HASH', key: 'x1' })
})

test('a new client gets the cookie that its key is in', () => {
  const answer = balancer({ consistentHash: { httpCookie: { name: 'user', path: '/p', ttl: '60s' } } }, { random: numbers(0.5) })
  expect(answer).toEqual({ kind: 'HASH', key: '80000000800000008000000080000000', setCookie: { name: 'user', path: '/p', ttlMs: 60_000 } })
})

test('a ttl of 0 makes a cookie of the session', () => {
  expect(balancer({ consistentHash: { httpCookie: { name: 'user', ttl: '0s' } } })).toMatchObject({ setCookie: { ttlMs: undefined } })
})

test('without a ttl no cookie is made', () => {
  expect(balancer({ consistentHash: { httpCookie: { name: 'user' } } })).toEqual({ kind: 'HASH' })
})

test('tries of a hashed request may go to the same endpoint', () => {
  expect(sent(policy({ loadBalancer: { consistentHash: { useSourceIp: true } } })).retry.otherHosts).toBe(false)
})

test('connectionPool with every field', () => {
  const connectionPool = {
    tcp: { maxConnections: 1, connectTimeout: '30ms' },
    http: { http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRequestsPerConnection: 4, maxRetries: 5, idleTimeout: '1m' },
  }
  expect(cluster({ connectionPool }).pool).toEqual({
    maxConnections: 1,
    connectTimeoutMs: 30,
    http1MaxPendingRequests: 2,
    http2MaxRequests: 3,
    maxRequestsPerConnection: 4,
    maxRetries: 5,
    idleTimeoutMs: 60_000,
  })
})

test('outlierDetection with every field', () => {
  const outlierDetection = {
    consecutive5xxErrors: 1,
    consecutiveGatewayErrors: 2,
    interval: '1s',
    baseEjectionTime: '3m',
    maxEjectionPercent: 100,
    minHealthPercent: 50,
  }
  expect(cluster({ outlierDetection }).outlier).toEqual({
    consecutive5xxErrors: 1,
    consecutiveGatewayErrors: 2,
    intervalMs: 1000,
    baseEjectionTimeMs: 180_000,
    maxEjectionPercent: 100,
    minHealthPercent: 50,
  })
})

test('outlierDetection has the defaults of Envoy', () => {
  expect(cluster({ outlierDetection: {} }).outlier).toEqual({
    consecutive5xxErrors: 5,
    consecutiveGatewayErrors: 0,
    intervalMs: 10_000,
    baseEjectionTimeMs: 30_000,
    maxEjectionPercent: 10,
    minHealthPercent: 0,
  })
})

test.each(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'])('tls mode %s is passed on', (mode) => {
  const credential = mode === 'MUTUAL' ? { credentialName: 'late' } : {}
  expect(cluster({ tls: { mode, ...credential } }).tls).toBe(mode)
})

test('sni and insecureSkipVerify go with SIMPLE', () => {
  expect(cluster({ tls: { mode: 'SIMPLE', sni: 'a.example', insecureSkipVerify: true } }).tlsSettings).toEqual({
    sni: 'a.example',
    insecureSkipVerify: true,
  })
})

const toV1 = virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }] })
const subset = (trafficPolicy: unknown, own: unknown) =>
  sent(
    rules(
      toV1,
      destinationRule('reviews', {
        host: 'reviews',
        trafficPolicy,
        subsets: [{ name: 'v1', labels: { version: 'v1' }, trafficPolicy: own }],
      }),
    ),
  )

test("a subset's policy replaces the parts that it names", () => {
  const decision = subset(
    { loadBalancer: { simple: 'RANDOM' }, connectionPool: { tcp: { maxConnections: 9 } } },
    { loadBalancer: { simple: 'ROUND_ROBIN' } },
  )
  expect([decision.balancer.kind, decision.cluster.pool.maxConnections]).toEqual(['ROUND_ROBIN', 9])
})

test("a port's settings replace all parts, those it leaves out by defaults", () => {
  const decision = sent(
    policy({
      loadBalancer: { simple: 'RANDOM' },
      connectionPool: { tcp: { maxConnections: 9 } },
      portLevelSettings: [{ port: { number: 9080 }, tls: { mode: 'DISABLE' } }],
    }),
  )
  expect([decision.balancer.kind, decision.cluster.pool.maxConnections, decision.cluster.tls]).toEqual([
    'LEAST_REQUEST',
    undefined,
    'DISABLE',
  ])
})

test('settings of another port change nothing', () => {
  expect(
    cluster({ portLevelSettings: [{ port: { number: 80 }, connectionPool: { tcp: { maxConnections: 1 } } }] }).pool.maxConnections,
  ).toBeUndefined()
})

test("a subset's port settings go before its own policy", () => {
  const portLevelSettings = [
    { port: { number: 9080 }, loadBalancer: { simple: 'RANDOM' }, outlierDetection: {}, connectionPool: { http: { maxRetries: 1 } } },
  ]
  expect(subset({}, { loadBalancer: { simple: 'ROUND_ROBIN' }, portLevelSettings }).balancer.kind).toBe('RANDOM')
})

test('a rule of the most specific host holds', () => {
  const set = rules(
    destinationRule('all', { host: '*.default.svc.cluster.local', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } }),
    destinationRule('reviews', { host: 'reviews', trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } }),
  )
  expect([sent(set).balancer.kind, sent(set, { authority: 'ratings' }).balancer.kind]).toEqual(['ROUND_ROBIN', 'RANDOM'])
})

test("subsets of two rules for one host are all there; the policy is the older one's", () => {
  const set = rules(
    destinationRule('one', {
      host: 'reviews',
      trafficPolicy: { loadBalancer: { simple: 'RANDOM' } },
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
    }),
    destinationRule('two', {
      host: 'reviews',
      trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } },
      subsets: [{ name: 'v2', labels: { version: 'v2' } }],
    }),
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v2' } }] }] }),
  )
  expect([goal(set), sent(set).balancer.kind, set.warnings.length]).toEqual(['v2', 'RANDOM', 1])
})

test("the caller's namespace goes before the service's", () => {
  const set = rules(
    destinationRule('reviews', { host: 'reviews', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } }),
    destinationRule(
      'reviews',
      { host: 'reviews.default.svc.cluster.local', trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } },
      { namespace: 'shop' },
    ),
  )
  expect(sent(set, { from: { ...productpage, namespace: 'shop' }, authority: 'reviews.default' }).balancer.kind).toBe('ROUND_ROBIN')
  expect(sent(set).balancer.kind).toBe('RANDOM')
})

test('a rule of the root namespace holds for every namespace, unless it is not exported', () => {
  const at = (exportTo: string[]) =>
    rules(
      destinationRule(
        'reviews',
        { host: 'reviews.default.svc.cluster.local', exportTo, trafficPolicy: { loadBalancer: { simple: 'RANDOM' } } },
        { namespace: 'istio-system' },
      ),
    )
  expect([sent(at(['*'])).balancer.kind, sent(at(['.'])).balancer.kind]).toEqual(['RANDOM', 'LEAST_REQUEST'])
})

const near = (localityLbSetting: unknown, more: Record<string, unknown> = {}) => {
  const inventory = spread('eu/a/1', 'eu/b/1', 'us/a/1')
  const set = rulesFor(
    { inventory },
    reviewsSubsets,
    destinationRule('policy', { host: 'reviews', trafficPolicy: { loadBalancer: { localityLbSetting }, ...more } }),
  )
  return sent(set, { from: { ...productpage, locality: 'eu/a/1', labels: { zone: 'x' } } }).cluster
}
const names = (each: ReturnType<typeof near>) =>
  each.levels?.map((level) => level.map(({ weight, endpoints }) => [weight, ...endpoints.map(({ locality }) => locality)]))

test('with outlier detection, nearer endpoints go first', () => {
  expect(names(near({}, { outlierDetection: {} }))).toEqual([[[1, 'eu/a/1']], [[1, 'eu/b/1']], [[1, 'us/a/1']]])
})

test('without outlier detection there is no failover', () => {
  expect(near({}).levels).toBeUndefined()
})

test('localityLbSetting can be switched off', () => {
  expect(near({ enabled: false }, { outlierDetection: {} }).levels).toBeUndefined()
})

test('distribute gives localities their shares', () => {
  expect(names(near({ distribute: [{ from: 'eu/*', to: { 'eu/a/*': 80, 'us/*': 20 } }] }))).toEqual([
    [
      [80, 'eu/a/1'],
      [20, 'us/a/1'],
    ],
  ])
})

test('failover names the region that comes next', () => {
  const inventory = spread('us/a/1', 'asia/a/1')
  const set = rulesFor(
    { inventory },
    destinationRule('policy', {
      host: 'reviews',
      trafficPolicy: { outlierDetection: {}, loadBalancer: { localityLbSetting: { failover: [{ from: 'eu', to: 'asia' }] } } },
    }),
  )
  expect(names(sent(set, { from: { ...productpage, locality: 'eu/a/1' } }).cluster)).toEqual([[[1, 'asia/a/1']], [[1, 'us/a/1']]])
})

test('failoverPriority goes by labels that caller and endpoint share', () => {
  const set = rules(
    destinationRule('policy', {
      host: 'reviews',
      trafficPolicy: { outlierDetection: {}, loadBalancer: { localityLbSetting: { failoverPriority: ['version=v3'] } } },
    }),
  )
  expect(
    sent(set, { from: { ...productpage, locality: 'eu' } }).cluster.levels?.[0]?.[0]?.endpoints.map(({ workload }) => workload),
  ).toEqual(['reviews-v3'])
})

test('failoverPriority needs no locality', () => {
  const trafficPolicy = { outlierDetection: {}, loadBalancer: { localityLbSetting: { failoverPriority: ['version'] } } }
  const levels = sent(rules(destinationRule('policy', { host: 'reviews', trafficPolicy }))).cluster.levels
  expect(levels?.map((level) => level.map(({ endpoints }) => endpoints.map(({ workload }) => workload)))).toEqual([
    [['reviews-v1']],
    [['reviews-v2', 'reviews-v3']],
  ])
})

test('the nearest endpoint is taken until it is ejected', () => {
  const target = near({}, { outlierDetection: {} })
  const out = { ...quiet, ejected: (_: string, pod: string) => pod === 'reviews-v1-0' }
  const pick = (state: typeof quiet) => pickEndpoint(target, { kind: 'RANDOM' }, state, numbers(0.5))?.locality
  expect([pick(quiet), pick(out)]).toEqual(['eu/a/1', 'eu/b/1'])
})

test('workloadSelector gives some callers of the namespace their own rule, and the others the one without a selector', () => {
  const own = (name: string, matchLabels: Record<string, string>, namespace = 'default') =>
    destinationRule(
      name,
      {
        host: 'reviews.default.svc.cluster.local',
        workloadSelector: { matchLabels },
        trafficPolicy: { loadBalancer: { simple: 'RANDOM' } },
        subsets: [{ name: 'mine', labels: { version: 'v2' } }],
      },
      { namespace },
    )
  const general = destinationRule('reviews', { host: 'reviews', trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } })
  const details = { ...productpage, labels: { app: 'details' } }
  const kinds = (set: ReturnType<typeof rules>) => [sent(set).balancer.kind, sent(set, { from: details }).balancer.kind]
  expect(kinds(rules(general, own('own', { app: 'productpage' })))).toEqual(['RANDOM', 'ROUND_ROBIN'])
  expect(kinds(rules(own('own', { app: 'productpage' })))).toEqual(['RANDOM', 'LEAST_REQUEST'])
  expect(kinds(rules(general, own('own', { app: 'productpage' }, 'shop')))).toEqual(['ROUND_ROBIN', 'ROUND_ROBIN'])
  const toMine = virtualService('reviews', {
    hosts: ['reviews'],
    http: [{ route: [{ destination: { host: 'reviews', subset: 'mine' } }] }],
  })
  const mine = rules(own('own', { app: 'productpage' }), toMine)
  expect([mine.warnings, goal(mine), goal(mine, { from: details })]).toEqual([[], 'mine', 503])
})

test('workloadSelector may be that of the gateway', () => {
  const door = gateway('door', { selector: {}, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] })
  const route = virtualService('door', {
    hosts: ['*'],
    gateways: ['door'],
    http: [{ route: [{ destination: { host: 'reviews.default.svc.cluster.local' } }] }],
  })
  const forGateway = destinationRule(
    'reviews',
    {
      host: 'reviews.default.svc.cluster.local',
      workloadSelector: { matchLabels: { istio: 'ingressgateway' } },
      trafficPolicy: { loadBalancer: { simple: 'RANDOM' } },
    },
    { namespace: 'istio-system' },
  )
  expect([sent(rules(door, route, forGateway), atDoor()).balancer.kind, sent(rules(door, route, forGateway)).balancer.kind]).toEqual([
    'RANDOM',
    'LEAST_REQUEST',
  ])
})
