import { answered, goal, header, numbers, rules, sent, type Ask } from '../support.ts'
import type { FieldCase, Fields } from './field-case.ts'

const reviews = { destination: { name: 'reviews' } }
const goes = (question: Ask = {}): Pick<FieldCase, 'see'> => ({ see: (set) => goal(set, question) })
const pods: Pick<FieldCase, 'see'> = { see: (set) => sent(set).cluster.endpoints.map(({ pod }) => pod) }
const toRatings = [{ destination: { name: 'ratings' } }]
const mirrored: Pick<FieldCase, 'see'> = { see: (set) => sent(set).mirrors.map(({ cluster }) => cluster.name) }
const location = (set: ReturnType<typeof rules>) => header(answered(set).headers, 'location')
const older = {
  apiVersion: 'config.istio.io/v1alpha2',
  kind: 'RouteRule',
  metadata: { name: 'other' },
  spec: { ...reviews, precedence: 1, route: [{ destination: { name: 'details' } }] },
}

export const routeRuleFields: FieldCase[] = [
  { spec: { ...reviews, route: toRatings }, ...goes(), is: 'ratings', changed: { 'destination.name': ['details', 'reviews'] } },
  {
    spec: { destination: { name: 'reviews', namespace: 'shop' }, route: toRatings },
    ...goes(),
    is: 'reviews',
    removed: { 'destination.namespace': 'ratings' },
  },
  { spec: { ...reviews, precedence: 2, route: toRatings }, others: [older], ...goes(), is: 'ratings', removed: { precedence: 'details' } },
  {
    spec: { ...reviews, match: { source: { name: 'productpage', labels: { version: 'v1' } } }, route: toRatings },
    ...goes(),
    is: 'ratings',
    changed: { 'match.source.name': ['details', 'reviews'], 'match.source.labels.*': ['v2', 'reviews'] },
  },
  {
    spec: { ...reviews, match: { source: { name: 'productpage', labels: { version: 'never' } } }, route: toRatings },
    ...goes(),
    is: 'reviews',
    removed: { 'match.source.labels.*': 'ratings' },
  },
  {
    spec: { ...reviews, match: { source: { name: 'productpage', namespace: 'shop' } }, route: toRatings },
    ...goes(),
    is: 'reviews',
    removed: { 'match.source.namespace': 'ratings' },
  },
  ...['exact', 'prefix', 'regex'].map((way) => ({
    spec: { ...reviews, match: { request: { headers: { a: { [way]: 'never' } } } }, route: toRatings },
    ...goes({ headers: { a: 'x' } }),
    is: 404,
    removed: { [`match.request.headers.*.${way}`]: 'ratings' },
  })),
  {
    spec: { ...reviews, route: [{ destination: { name: 'stock', namespace: 'shop' } }] },
    ...goes(),
    is: 'stock.shop.svc.cluster.local',
    changed: { 'route[].destination.name': ['other', 503] },
    removed: { 'route[].destination.namespace': 503 },
  },
  {
    spec: { ...reviews, route: [{ labels: { version: 'v2' } }] },
    ...pods,
    is: ['reviews-v2-0'],
    removed: { 'route[].labels.*': ['reviews-v1-0', 'reviews-v2-0', 'reviews-v3-0'] },
  },
  {
    spec: {
      ...reviews,
      route: [
        { ...toRatings[0], weight: 90 },
        { destination: { name: 'details' }, weight: 10 },
      ],
    },
    ...goes({ random: numbers(0.6) }),
    is: 'ratings',
    changed: { 'route[].weight': [50, 'details'] },
  },
  {
    spec: { ...reviews, redirect: { uri: '/x', authority: 'new.example' } },
    see: location,
    is: 'http://new.example/x',
    removed: { 'redirect.uri': 'http://new.example/reviews/0', 'redirect.authority': 'http://reviews:9080/x' },
  },
  {
    spec: { ...reviews, rewrite: { uri: '/v2/', authority: 'new.example' } },
    see: (set) => [sent(set).authority, sent(set).path],
    is: ['new.example', '/v2/reviews/0'],
    removed: { 'rewrite.uri': ['new.example', '/reviews/0'], 'rewrite.authority': ['reviews:9080', '/v2/reviews/0'] },
  },
  {
    spec: {
      ...reviews,
      httpReqTimeout: { simpleTimeout: { timeout: '5s' } },
      httpReqRetries: { simpleRetry: { attempts: 3, perTryTimeout: '1s' } },
    },
    see: (set) => {
      const { timeoutMs, retry } = sent(set)
      return { timeoutMs, attempts: retry.attempts, perTryTimeoutMs: retry.perTryTimeoutMs }
    },
    is: { timeoutMs: 5000, attempts: 3, perTryTimeoutMs: 1000 },
    changed: {
      'httpReqTimeout.simpleTimeout.timeout': ['1s', { timeoutMs: 1000 }],
      'httpReqRetries.simpleRetry.attempts': [1, { attempts: 1 }],
    },
    removed: { 'httpReqRetries.simpleRetry.perTryTimeout': { perTryTimeoutMs: undefined } },
  },
  ...(
    [
      ['delay', { percent: 10, fixedDelay: '7s' }, 0, { percent: 7000 }],
      ['delay', { percent: 100, fixedDelay: '7s' }, 7000, {}, { fixedDelay: ['1s', 1000] }],
    ] as [string, Fields, number, Fields, FieldCase['changed']?][]
  ).map(([fault, spec, is, removed, changed = {}]) => ({
    spec: { ...reviews, httpFault: { [fault]: spec } },
    see: (set: ReturnType<typeof rules>) => sent(set, { random: numbers(0.5) }).delayMs,
    is,
    removed: Object.fromEntries(Object.entries(removed).map(([field, seen]) => [`httpFault.${fault}.${field}`, seen])),
    changed: Object.fromEntries(Object.entries(changed).map(([field, seen]) => [`httpFault.${fault}.${field}`, seen])),
  })),
  {
    spec: { ...reviews, httpFault: { abort: { percent: 10, httpStatus: 555 } } },
    ...goes({ random: numbers(0.5) }),
    is: 'reviews',
    removed: { 'httpFault.abort.percent': 555 },
  },
  {
    spec: { ...reviews, httpFault: { abort: { httpStatus: 555 } } },
    ...goes(),
    is: 555,
    changed: { 'httpFault.abort.httpStatus': [556, 556] },
  },
  {
    spec: { ...reviews, mirror: { name: 'details', labels: { version: 'v1' } } },
    ...mirrored,
    is: ['outbound|9080|version=v1|details.default.svc.cluster.local'],
    changed: { 'mirror.name': ['ratings', ['outbound|9080|version=v1|ratings.default.svc.cluster.local']] },
    removed: { 'mirror.labels.*': ['outbound|9080||details.default.svc.cluster.local'] },
  },
  {
    spec: { ...reviews, mirror: { name: 'stock', namespace: 'shop' } },
    ...mirrored,
    is: ['outbound|9080||stock.shop.svc.cluster.local'],
    removed: { 'mirror.namespace': [] },
  },
  {
    spec: { ...reviews, appendHeaders: { a: '1' } },
    see: (set) => sent(set).requestHeaders.add,
    is: [['a', '1']],
    removed: { 'appendHeaders.*': [] },
  },
]
