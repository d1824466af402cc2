import { matchWords } from '@bookinfo/rules/explain'
import { parseManifests } from '@bookinfo/rules/parse-manifests'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { statusWords } from '../src/console/page/view/status-words.ts'
import { toYaml } from '../src/console/page/view/to-yaml.ts'
import { words } from '../src/console/page/view/words.ts'
import { stringWords } from '../src/console/page/view/words-parts.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))
const wordsOf = (yaml: string) => parseManifests(yaml, 'rule.yaml').objects.map(({ raw }) => words(raw))
const wordsOfFile = (path: string) => wordsOf(readFileSync(k8s + path, 'utf8'))

test.each([
  ['networking/virtual-service-reviews-90-10.yaml', [['Requests to reviews:', 'go to reviews v1 (90 %) and reviews v2 (10 %)']]],
  [
    'networking/virtual-service-reviews-test-v2.yaml',
    [['Requests to reviews:', 'if header end-user is exactly "jason": go to reviews v2', 'otherwise: go to reviews v1']],
  ],
  [
    'networking/virtual-service-ratings-test-delay.yaml',
    [['Requests to ratings:', 'if header end-user is exactly "jason": wait 7s, go to ratings v1', 'otherwise: go to ratings v1']],
  ],
  [
    'networking/virtual-service-ratings-test-abort.yaml',
    [['Requests to ratings:', 'if header end-user is exactly "jason": are answered 500 by the proxy', 'otherwise: go to ratings v1']],
  ],
  [
    'networking/destination-rule-reviews.yaml',
    [
      [
        'reviews v1 is every pod with version=v1',
        'reviews v2 is every pod with version=v2',
        'reviews v3 is every pod with version=v3',
        'For reviews: a pod is chosen at random',
      ],
    ],
  ],
  ['gateway-api/route-reviews-80-20.yaml', [['Requests to reviews:', 'go to reviews-v1 (80 %) and reviews-v2 (20 %)']]],
  [
    'gateway-api/route-reviews-jason-v2-v3.yaml',
    [['Requests to reviews:', 'if header end-user is exactly "jason": go to reviews-v2', 'otherwise: go to reviews-v3']],
  ],
])('%s in words', (path, expected) => {
  expect(wordsOfFile(path)).toEqual(expected)
})

test('every ready-made object has words, and none of them an undefined', () => {
  const objects = globSync(['networking/*.yaml', 'gateway-api/*.yaml', 'security/*.yaml'], { cwd: k8s }).flatMap((path) => {
    try {
      return parseManifests(readFileSync(k8s + path, 'utf8'), path).objects
    } catch {
      return []
    }
  })
  expect(objects.length).toBeGreaterThan(40)
  for (const { raw } of objects) {
    const text = words(raw)
    expect(text.join(' ')).not.toMatch(/undefined|\[object|NaN|^$/)
  }
})

const rule = (http: string) =>
  `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}, spec: {hosts: [a], http: [${http}]}}`

test.each([
  ['{route: [{destination: {host: a}}], timeout: 0.5s}', 'go to a, for at most 0.5s'],
  [
    '{route: [{destination: {host: a}}], retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}}',
    'go to a, tried 3 more times of 2s each on 5xx',
  ],
  ['{route: [{destination: {host: a}}], retries: {attempts: 0}}', 'go to a, without a retry'],
  [
    '{fault: {abort: {httpStatus: 503, percentage: {value: 10}}}, route: [{destination: {host: a}}]}',
    '10 % are answered 503 by the proxy, go to a',
  ],
  ['{route: [{destination: {host: a, subset: v1}}], mirror: {host: a, subset: v2}}', 'go to a v1, with a copy sent to a v2'],
  [
    '{route: [{destination: {host: a, subset: v1}}], mirror: {host: a, subset: v2}, mirrorPercentage: {value: 50}}',
    'go to a v1, with 50 % copied to a v2',
  ],
  ['{directResponse: {status: 418}}', 'are answered 418 by the proxy'],
  ['{redirect: {uri: /b, authority: c}}', 'are redirected to c/b'],
  ['{route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 3}]}', 'go to a (0 %) and b (100 %)'],
  [
    '{match: [{uri: {prefix: /x}}], rewrite: {uri: /y}, route: [{destination: {host: a}}]}',
    'if the path starts with "/x": go to a, with the path rewritten to /y',
  ],
  ['{route: [{destination: {host: a}}], headers: {request: {set: {x: "1"}}}}', 'go to a, request header x set to "1"'],
])('%s', (http, expected) => {
  expect(wordsOf(rule(http))).toEqual([['Requests to a:', expected]])
})

test('a BackendTLSPolicy in words', () => {
  const yaml = `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: details}
spec:
  targetRefs: [{group: '', kind: Service, name: details, sectionName: https}, {group: '', kind: Service, name: ratings}]
  validation:
    hostname: books.example
    subjectAltNames: [{type: URI, uri: 'spiffe://a/b'}]
    caCertificateRefs: [{group: '', kind: ConfigMap, name: authority}]
`
  expect(wordsOf(yaml)).toEqual([
    [
      'Callers of port https of details and ratings begin TLS for books.example, and take a certificate for spiffe://a/b that ConfigMap authority has signed',
    ],
  ])
})

test('policies in words', () => {
  expect(
    wordsOf(`{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: a}, spec: {selector: {matchLabels: {app: ratings}},
      rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/bookinfo-reviews]}}], to: [{operation: {methods: [GET]}}]}]}}`),
  ).toEqual([
    [
      'pods with app=ratings lets in requests from principals cluster.local/ns/default/sa/bookinfo-reviews that are methods GET',
      'Everything else that no other policy lets in is answered 403',
    ],
  ])
})

test('what Istio 0.2 wrote in words', () => {
  expect(
    wordsOf(`{apiVersion: config.istio.io/v1alpha2, kind: RouteRule, metadata: {name: a}, spec: {destination: {name: reviews}, precedence: 2,
      match: {request: {headers: {end-user: {exact: jason}}}}, route: [{labels: {version: v2}}]}}`),
  ).toEqual([['Requests to reviews, if header end-user is exactly "jason": go to reviews v2 (precedence 2)']])
})

test('a kind without words has none', () => {
  expect(words({ apiVersion: 'v1', kind: 'Secret' })).toEqual([])
  expect(words({})).toEqual([])
})

test('an object that is edited says the same as before', () => {
  for (const path of globSync(['networking/*.yaml', 'gateway-api/*.yaml', 'security/*.yaml'], { cwd: k8s })) {
    for (const text of readFileSync(k8s + path, 'utf8').split(/^---$/m)) {
      const value: unknown = parse(text)
      expect({ path, value: parse(toYaml(value)) as unknown }).toEqual({ path, value })
    }
  }
  const traps = {
    a: 'yes',
    b: 'a: b',
    c: '',
    d: '1',
    e: [],
    f: {},
    g: [[1, 2], [{ h: null }]],
    i: '*',
    j: '- x',
    k: 'line\nline',
    l: true,
    m: '0x1',
    'n o': ' ',
  }
  expect(parse(toYaml(traps))).toEqual(traps)
  expect(parse(toYaml(traps), { version: '1.1' })).toEqual(traps)
})

const condition = (type: string, status: 'True' | 'False', reason: string, message = '') => ({ type, status, reason, message })
const listener = (...conditions: ReturnType<typeof condition>[]) => ({
  addresses: [],
  conditions: [],
  listeners: [{ name: 'http', supportedKinds: [], attachedRoutes: 2, conditions }],
})
const parent = (...conditions: ReturnType<typeof condition>[]) => ({
  parents: [{ parentRef: { kind: 'Gateway', name: 'door' }, controllerName: 'a/b', conditions }],
})
const notConflicted = condition('Conflicted', 'False', 'NoConflicts')

test.each([
  [
    'a listener that is reached',
    listener(notConflicted, condition('Programmed', 'True', 'Programmed', 'reached at http://localhost:8080')),
    { text: 'Listener http: 2 routes, reached at http://localhost:8080', good: true },
  ],
  [
    'a listener without its certificate',
    listener(notConflicted, condition('Programmed', 'False', 'Invalid'), condition('ResolvedRefs', 'False', 'InvalidCertificateRef')),
    { text: 'Listener http: InvalidCertificateRef', good: false },
  ],
  [
    'a listener whose port opens',
    listener(notConflicted, condition('Programmed', 'False', 'Pending')),
    { text: 'Listener http: its port opens', good: false },
  ],
  [
    'listeners that conflict',
    listener(
      condition('Accepted', 'False', 'ProtocolConflict'),
      condition('Conflicted', 'True', 'ProtocolConflict'),
      condition('Programmed', 'False', 'Invalid'),
    ),
    { text: 'Listener http: ProtocolConflict', good: false },
  ],
  [
    'a route that is taken',
    parent(condition('Accepted', 'True', 'Accepted'), condition('ResolvedRefs', 'True', 'ResolvedRefs')),
    { text: 'Gateway door: accepted', good: true },
  ],
  [
    'a route that is not',
    parent(condition('Accepted', 'False', 'NoMatchingParent'), condition('ResolvedRefs', 'False', 'BackendNotFound')),
    { text: 'Gateway door: NoMatchingParent, BackendNotFound', good: false },
  ],
])('the status of %s', (_, status, line) => {
  expect(statusWords(status)).toEqual([line])
})

test('the labels of a namespace', () => {
  expect(wordsOf('apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {team: b}}')).toEqual([
    ['Listeners that select by labels know it by team=b'],
  ])
  expect(wordsOf('apiVersion: v1\nkind: Namespace\nmetadata: {name: a}')).toEqual([['It has no labels to be selected by']])
})

test.each([{ exact: 'a' }, { prefix: 'a' }, { regex: 'a+' }, { regex: '*' }, {}])(
  'the match %j is in the same words as bookinfo explain',
  (match) => {
    expect(stringWords(match)).toBe(matchWords(match))
  },
)
