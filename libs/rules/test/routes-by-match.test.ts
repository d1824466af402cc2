import fc from 'fast-check'
import { inWords } from '../src/explain/words.ts'
import { describe, expect, test } from 'vitest'
import { ask, goal, productpage, reviewsSubsets, rules, sent, virtualService, type Ask } from './support.ts'

/** Requests that match go to v2, all others to v3. */
const v2When = (match: unknown) =>
  rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [
        { match: [match], route: [{ destination: { host: 'reviews', subset: 'v2' } }] },
        { route: [{ destination: { host: 'reviews', subset: 'v3' } }] },
      ],
    }),
  )

const cases: [string, unknown, Ask, Ask][] = [
  ['uri exact', { uri: { exact: '/reviews/0' } }, { path: '/reviews/0?a=b' }, { path: '/reviews/01' }],
  ['uri prefix, which is one of the string', { uri: { prefix: '/rev' } }, { path: '/reviews/0' }, { path: '/details' }],
  ['uri regex, over the whole path', { uri: { regex: '/reviews/[0-9]+' } }, { path: '/reviews/42' }, { path: '/reviews/42/x' }],
  ['ignoreUriCase with exact', { uri: { exact: '/Reviews/0' }, ignoreUriCase: true }, { path: '/REVIEWS/0' }, { path: '/reviews/1' }],
  ['ignoreUriCase with prefix', { uri: { prefix: '/Rev' }, ignoreUriCase: true }, { path: '/rEVIEWS/0' }, { path: '/ratings/1' }],
  ['uri with its case', { uri: { exact: '/Reviews/0' } }, { path: '/Reviews/0' }, { path: '/reviews/0' }],
  ['scheme', { scheme: { exact: 'https' } }, { scheme: 'https' }, { scheme: 'http' }],
  ['method', { method: { exact: 'POST' } }, { method: 'POST' }, { method: 'GET' }],
  ['authority', { authority: { prefix: 'reviews.' } }, { authority: 'reviews.default:9080' }, { authority: 'reviews:9080' }],
  [
    'header exact',
    { headers: { 'End-User': { exact: 'jason' } } },
    { headers: { 'end-user': 'jason' } },
    { headers: { 'end-user': 'jasonx' } },
  ],
  ['header prefix', { headers: { 'end-user': { prefix: 'ja' } } }, { headers: { 'end-user': 'jason' } }, {}],
  [
    'header regex',
    { headers: { cookie: { regex: '^(.*?;)?(user=jason)(;.*)?$' } } },
    { headers: { cookie: 'a=b;user=jason' } },
    { headers: { cookie: 'user=jasper' } },
  ],
  ['header present', { headers: { 'end-user': {} } }, { headers: { 'end-user': '' } }, {}],
  ['header regex "*" for presence', { headers: { 'end-user': { regex: '*' } } }, { headers: { 'end-user': 'x' } }, {}],
  ['a header of a name that every object has', { headers: { constructor: {} } }, { headers: { constructor: 'x' } }, {}],
  ['withoutHeaders present', { withoutHeaders: { 'end-user': {} } }, {}, { headers: { 'end-user': 'jason' } }],
  [
    'withoutHeaders exact',
    { withoutHeaders: { 'end-user': { exact: 'jason' } } },
    { headers: { 'end-user': 'kim' } },
    { headers: { 'end-user': 'jason' } },
  ],
  ['withoutHeaders exact and no header', { withoutHeaders: { 'end-user': { exact: 'jason' } } }, {}, { headers: { 'end-user': 'jason' } }],
  ['queryParams', { queryParams: { u: { exact: 'test' } } }, { path: '/reviews/0?x=1&u=test' }, { path: '/reviews/0?u=normal' }],
  ['queryParams present', { queryParams: { u: {} } }, { path: '/reviews/0?u' }, { path: '/reviews/0?v=u' }],
  ['sourceLabels', { sourceLabels: { app: 'productpage' } }, {}, { from: { ...productpage, labels: { app: 'details' } } }],
  [
    'sourceNamespace',
    { sourceNamespace: 'default' },
    {},
    { from: { ...productpage, namespace: 'shop' }, authority: 'reviews.default:9080' },
  ],
  ['gateways', { gateways: ['mesh'] }, {}, { authority: 'reviews.nowhere:9080', port: 9080 }],
  [
    'all of several conditions',
    { headers: { a: { exact: '1' } }, method: { exact: 'GET' } },
    { headers: { a: '1' } },
    { headers: { a: '1' }, method: 'PUT' },
  ],
]

describe('a match on', () => {
  test.each(cases)('%s takes what fits', (_, match, fits) => {
    expect(goal(v2When(match), fits)).toBe('v2')
  })

  test.each(cases)('%s leaves what does not fit', (_, match, _fits, other) => {
    expect(goal(v2When(match), other)).not.toBe('v2')
  })
})

test('any one of several matches is enough', () => {
  const set = rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [
        { match: [{ uri: { exact: '/a' } }, { uri: { exact: '/b' } }], route: [{ destination: { host: 'reviews', subset: 'v2' } }] },
        { route: [{ destination: { host: 'reviews', subset: 'v3' } }] },
      ],
    }),
  )
  expect([goal(set, { path: '/a' }), goal(set, { path: '/b' }), goal(set, { path: '/c' })]).toEqual(['v2', 'v2', 'v3'])
})

test('the first route that fits wins, however exact a later one is', () => {
  const set = rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [
        { match: [{ uri: { prefix: '/' } }], route: [{ destination: { host: 'reviews', subset: 'v1' } }] },
        { match: [{ uri: { exact: '/reviews/0' } }], route: [{ destination: { host: 'reviews', subset: 'v2' } }] },
      ],
    }),
  )
  expect(goal(set)).toBe('v1')
})

test('a match on another port does not exist, and the service itself is left', () => {
  const set = rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [{ match: [{ port: 80 }], route: [{ destination: { host: 'reviews', subset: 'v2' } }] }],
    }),
  )
  expect(goal(set)).toBe('reviews')
})

test('a match on the port that was asked for counts', () => {
  expect(goal(v2When({ port: 9080 }))).toBe('v2')
})

test('a request that no route matches is answered with 404', () => {
  const set = rules(
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [{ match: [{ uri: { exact: '/only' } }], route: [{ destination: { host: 'reviews' } }] }],
    }),
  )
  expect(goal(set)).toBe(404)
})

test('routes that only match other callers leave the service itself', () => {
  const set = rules(
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [{ match: [{ sourceLabels: { app: 'details' } }], route: [{ destination: { host: 'ratings' } }] }],
    }),
  )
  expect(goal(set)).toBe('reviews')
})

test('names of route and match are the name of the route', () => {
  const set = rules(
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [{ name: 'canary', match: [{ name: 'all', uri: { prefix: '/' } }], route: [{ destination: { host: 'reviews' } }] }],
    }),
  )
  expect(sent(set).routeName).toBe('canary.all')
})

test('without any rule a request goes to all endpoints of the service, as Istio sends it', () => {
  const decision = sent(rules())
  expect(decision).toMatchObject({
    routeName: 'default',
    cluster: { name: 'outbound|9080||reviews.default.svc.cluster.local', pool: { connectTimeoutMs: 10_000 } },
    balancer: { kind: 'LEAST_REQUEST' },
    timeoutMs: 0,
    retry: { attempts: 2, on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'] },
  })
  expect(decision.cluster.endpoints.map(({ workload }) => workload)).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
})

test('a short host belongs to the namespace of its rule', () => {
  const set = rules(
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'ratings' } }] }] }, { namespace: 'shop' }),
  )
  expect(goal(set)).toBe('reviews')
})

test.each(['reviews', 'reviews.default', 'reviews.default.svc', 'reviews.default.svc.cluster.local', 'REVIEWS'])(
  '%s is the same service',
  (authority) => {
    expect(goal(rules(), { authority })).toBe('reviews')
  },
)

test('of two rules for a host the older one holds, and the other one is warned about', () => {
  const to = (host: string) => ({ hosts: ['reviews'], http: [{ route: [{ destination: { host } }] }] })
  const set = rules(virtualService('first', to('ratings')), virtualService('second', to('details')))
  expect(goal(set)).toBe('ratings')
  expect(set.warnings.map(({ where }) => where)).toEqual(['rules.yaml#1 VirtualService default/second'])
})

test('a rule that is exported to its own namespace says nothing to others', () => {
  const set = rules(
    virtualService(
      'reviews',
      { hosts: ['reviews.default.svc.cluster.local'], exportTo: ['.'], http: [{ route: [{ destination: { host: 'stock' } }] }] },
      { namespace: 'shop' },
    ),
  )
  expect(goal(set)).toBe('reviews')
  expect(goal(set, { from: { ...productpage, namespace: 'shop' }, authority: 'reviews.default' })).toBe('stock.shop.svc.cluster.local')
})

test('a wildcard host takes the services that no other rule names', () => {
  const set = rules(
    virtualService('all', { hosts: ['*.default.svc.cluster.local'], http: [{ route: [{ destination: { host: 'ratings' } }] }] }),
    virtualService('details', { hosts: ['details'], http: [{ route: [{ destination: { host: 'details' } }] }] }),
  )
  expect([goal(set), goal(set, { authority: 'details' })]).toEqual(['ratings', 'details'])
})

test('steps say which rule, why, and where to', () => {
  expect(inWords(sent(v2When({ headers: { 'end-user': { exact: 'jason' } } }), { headers: { 'end-user': 'jason' } }).steps)).toEqual([
    { rule: 'rules.yaml#1 VirtualService default/reviews spec.http[0].match[0]', reason: 'header end-user is exactly "jason"' },
    {
      rule: 'rules.yaml#1 VirtualService default/reviews spec.http[0].match[0]',
      reason: 'goes to reviews.default.svc.cluster.local subset v2',
    },
    { rule: 'outbound|9080|v2|reviews.default.svc.cluster.local', reason: 'LEAST_REQUEST over 1 endpoint' },
  ])
})

test('without a rule, the first step says that it is the service itself', () => {
  expect(inWords(sent(rules()).steps)[0]).toEqual({ rule: 'default', reason: 'no rule: the service itself' })
})

test('an index finds what a walk through the list finds', () => {
  const part = fc.constantFrom('', 'a', 'b', 'ab', 'A')
  const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const match = fc.record({ kind: fc.constantFrom('exact', 'prefix', 'regex'), path, ignoreUriCase: fc.boolean() })
  fc.assert(
    fc.property(fc.array(match, { minLength: 1, maxLength: 8 }), path, (matches, asked) => {
      const http = matches.map(({ kind, path: value, ignoreUriCase }, index) => ({
        name: String(index),
        match: [{ uri: { [kind]: value }, ignoreUriCase }],
        directResponse: { status: 200 },
      }))
      const decision = ask(rules(virtualService('reviews', { hosts: ['reviews'], http })), { path: asked })
      const walk = matches.findIndex(({ kind, path: value, ignoreUriCase }) => {
        const cased = (text: string) => (ignoreUriCase && kind !== 'regex' ? text.toLowerCase() : text)
        return kind === 'prefix' ? cased(asked).startsWith(cased(value)) : cased(asked) === cased(value)
      })
      expect(decision.routeName).toBe(walk === -1 ? '' : String(walk))
    }),
    { numRuns: 200 },
  )
})
