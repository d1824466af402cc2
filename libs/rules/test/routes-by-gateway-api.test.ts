import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answered,
  atDoor,
  gatewayApiGateway,
  goal,
  header,
  httpRoute,
  ingress,
  namespaceObject,
  numbers,
  productpage,
  referenceGrant,
  rules,
  seeded,
  sent,
  type Ask,
} from './support.ts'

const listener = { name: 'http', port: 80, protocol: 'HTTP' }
const door = (...listeners: Record<string, unknown>[]) =>
  gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: listeners.length > 0 ? listeners : [listener] })
const to = (name: string, more: Record<string, unknown> = {}) => ({ backendRefs: [{ name, port: 9080 }], ...more })
const attached = (name: string, ruleList: unknown[], more: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) =>
  httpRoute(name, { parentRefs: [{ name: 'door' }], rules: ruleList, ...more }, metadata)
const at = (set: ReturnType<typeof rules>, question: Ask = {}) => goal(set, atDoor(question))
const service = { group: '', kind: 'Service', name: 'reviews' }
const forService = (ruleList: unknown[], parent: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) =>
  httpRoute('reviews', { parentRefs: [{ ...service, ...parent }], rules: ruleList }, metadata)

const matches: [string, unknown, Ask, Ask][] = [
  ['path Exact', { path: { type: 'Exact', value: '/a' } }, { path: '/a?x' }, { path: '/a/' }],
  ['path PathPrefix, by segments', { path: { type: 'PathPrefix', value: '/a' } }, { path: '/a/b' }, { path: '/ab' }],
  ['path PathPrefix with a slash at its end', { path: { type: 'PathPrefix', value: '/a/' } }, { path: '/a' }, { path: '/ab' }],
  ['path without type', { path: { value: '/a' } }, { path: '/a/b' }, { path: '/b' }],
  ['path RegularExpression', { path: { type: 'RegularExpression', value: '/a[0-9]+' } }, { path: '/a12' }, { path: '/a' }],
  ['method', { method: 'POST' }, { method: 'POST' }, { method: 'GET' }],
  ['header', { headers: [{ name: 'End-User', value: 'jason' }] }, { headers: { 'end-user': 'jason' } }, { headers: { 'end-user': 'kim' } }],
  [
    'header RegularExpression',
    { headers: [{ type: 'RegularExpression', name: 'end-user', value: 'j.*' }] },
    { headers: { 'end-user': 'jason' } },
    {},
  ],
  [
    'the first of two headers of a name',
    {
      headers: [
        { name: 'a', value: '1' },
        { name: 'A', value: '2' },
      ],
    },
    { headers: { a: '1' } },
    { headers: { a: '2' } },
  ],
  ['queryParams', { queryParams: [{ name: 'u', value: 'test' }] }, { path: '/?u=test' }, { path: '/?u=tests' }],
  [
    'queryParams RegularExpression',
    { queryParams: [{ type: 'RegularExpression', name: 'u', value: 't.*' }] },
    { path: '/?u=test' },
    { path: '/' },
  ],
]

describe('a match on', () => {
  test.each(matches)('%s takes what fits', (_, match, fits) => {
    expect(at(rules(door(), attached('r', [to('details', { matches: [match] })])), fits)).toBe('details')
  })

  test.each(matches)('%s leaves what does not fit', (_, match, _fits, other) => {
    expect(at(rules(door(), attached('r', [to('details', { matches: [match] })])), other)).toBe(404)
  })
})

const winner = (first: unknown, second: unknown, question: Ask) =>
  at(rules(door(), attached('r', [to('details', { matches: [first] }), to('ratings', { matches: [second] })])), question)

test.each([
  ['an exact path before a prefix', { path: { value: '/a/b' } }, { path: { type: 'Exact', value: '/a/b' } }],
  ['a longer prefix before a shorter one', { path: { value: '/a' } }, { path: { value: '/a/b' } }],
  ['a prefix before a pattern, as in Istio', { path: { type: 'RegularExpression', value: '/a/.*' } }, { path: { value: '/a' } }],
  ['a method', { path: { value: '/a' } }, { path: { value: '/a' }, method: 'GET' }],
  ['a method before headers', { headers: [{ name: 'h', value: '1' }] }, { method: 'GET' }],
  [
    'more headers',
    { headers: [{ name: 'h', value: '1' }] },
    {
      headers: [
        { name: 'h', value: '1' },
        { name: 'i', value: '1' },
      ],
    },
  ],
  ['headers before query parameters', { queryParams: [{ name: 'q', value: '1' }] }, { headers: [{ name: 'h', value: '1' }] }],
  ['more query parameters', {}, { queryParams: [{ name: 'q', value: '1' }] }],
])('precedence: %s', (_, first, second) => {
  expect(winner(first, second, { path: '/a/b?q=1', headers: { h: '1', i: '1' } })).toBe('ratings')
})

test('precedence: the first rule of two that are alike', () => {
  expect(winner({ path: { value: '/a' } }, { path: { value: '/a' } }, { path: '/a' })).toBe('details')
})

test('precedence: the older route, whatever its name', () => {
  expect(at(rules(door(), attached('z', [to('details')]), attached('a', [to('ratings')])))).toBe('details')
})

test('the order of rules in a file does not matter unless they are alike', () => {
  const prefixes = ['/', '/a', '/a/b', '/a/b/c', '/b']
  fc.assert(
    fc.property(fc.shuffledSubarray(prefixes, { minLength: 1 }), fc.constantFrom('/a/b/c/d', '/a/bc', '/b', '/c'), (order, path) => {
      const set = rules(
        door(),
        attached(
          'r',
          order.map((value) => ({ name: value, matches: [{ path: { value } }], backendRefs: [{ name: 'details', port: 9080 }] })),
        ),
      )
      const longest = order
        .filter((value) => value === '/' || path === value || path.startsWith(`${value}/`))
        .toSorted((a, b) => b.length - a.length)[0]
      const decision = longest === undefined ? answered(set, atDoor({ path })) : sent(set, atDoor({ path }))
      return decision.routeName === (longest ?? '')
    }),
  )
})

test('hostnames meet those of the listener', () => {
  const set = rules(
    door({ ...listener, hostname: '*.example' }),
    attached('r', [to('details')], { hostnames: ['bookinfo.example', 'else.where'] }),
  )
  expect([at(set), at(set, { authority: 'other.example' }), at(set, { authority: 'else.where' })]).toEqual(['details', 404, 404])
})

test('the most specific listener takes a host, and others are not asked', () => {
  const set = rules(
    door({ ...listener, name: 'any' }, { ...listener, name: 'example', hostname: '*.example' }),
    httpRoute('any', { parentRefs: [{ name: 'door', sectionName: 'any' }], rules: [to('details')] }),
    httpRoute('one', { parentRefs: [{ name: 'door', sectionName: 'example' }], hostnames: ['one.example'], rules: [to('ratings')] }),
  )
  expect([at(set, { authority: 'one.example' }), at(set, { authority: 'two.example' }), at(set, { authority: 'a.b' })]).toEqual([
    'ratings',
    404,
    'details',
  ])
})

test('a parentRef may name the port of the listener', () => {
  const on = (port: number) =>
    rules(
      door(listener, { ...listener, name: 'b', port: 8080 }),
      httpRoute('r', { parentRefs: [{ name: 'door', port }], rules: [to('details')] }),
    )
  expect([at(on(8080), { port: 80 }), at(on(8080), { port: 8080 })]).toEqual([404, 'details'])
})

test.each([
  ['Same', undefined, 404],
  ['None', undefined, 404],
  ['All', undefined, 'stock.shop.svc.cluster.local'],
  ['Selector', { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }, 'stock.shop.svc.cluster.local'],
  ['Selector', { matchLabels: { 'kubernetes.io/metadata.name': 'other' } }, 404],
])('allowedRoutes from %s %j', (from, selector, expected) => {
  const allowedRoutes = { namespaces: { from, ...(selector && { selector }) }, kinds: [{ kind: 'HTTPRoute' }] }
  const route = httpRoute('r', { parentRefs: [{ name: 'door', namespace: 'default' }], rules: [to('stock')] }, { namespace: 'shop' })
  expect(at(rules(door({ ...listener, allowedRoutes }), route))).toBe(expected)
})

const inShop = { namespace: 'shop' }
const fromDoorsNamespace = { parentRefs: [{ name: 'door', namespace: 'default' }], rules: [to('stock')] }
const team = { matchLabels: { team: 'a' } }
const expression = (operator: string, values?: string[], key = 'team') => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
})

test.each([
  ['labels', { team: 'a' }, team, true],
  ['labels that it lacks', {}, team, false],
  ['another value', { team: 'b' }, team, false],
  ['two labels of which it has one', { team: 'a' }, { matchLabels: { team: 'a', tier: 'x' } }, false],
  ['nothing', { team: 'a' }, {}, true],
  ['In', { team: 'a' }, expression('In', ['b', 'a']), true],
  ['In, of others', { team: 'c' }, expression('In', ['b', 'a']), false],
  ['In, without the label', {}, expression('In', ['a']), false],
  ['NotIn', { team: 'c' }, expression('NotIn', ['a']), true],
  ['NotIn, which has it', { team: 'a' }, expression('NotIn', ['a']), false],
  ['NotIn, without the label', {}, expression('NotIn', ['a']), true],
  ['Exists', { team: 'a' }, expression('Exists'), true],
  ['Exists, without the label', {}, expression('Exists'), false],
  ['DoesNotExist', {}, expression('DoesNotExist'), true],
  ['DoesNotExist, with the label', { team: 'a' }, expression('DoesNotExist'), false],
  ['its name by an expression', {}, expression('In', ['shop'], 'kubernetes.io/metadata.name'), true],
  ['labels and an expression that does not fit', { team: 'a' }, { ...team, ...expression('Exists', undefined, 'tier') }, false],
])('a listener takes routes of a namespace by %s', (_, labels, selector, taken) => {
  const shared = door({ ...listener, allowedRoutes: { namespaces: { from: 'Selector', selector } } })
  const set = rules(namespaceObject('shop', labels), shared, httpRoute('r', fromDoorsNamespace, inShop))
  expect(at(set)).toBe(taken ? 'stock.shop.svc.cluster.local' : 404)
})

const second = (...listeners: Record<string, unknown>[]) => gatewayApiGateway('second', { gatewayClassName: 'istio', listeners })
const attachedTo = (parent: string, backend: string, path: string, more: Record<string, unknown> = {}) =>
  httpRoute(`${parent}-${backend}`, {
    parentRefs: [{ name: parent }],
    rules: [to(backend, { matches: [{ path: { value: path } }] })],
    ...more,
  })

test('of two Gateways behind one door, the route goes first that would do so at one Gateway', () => {
  const set = rules(door(), second(listener), attachedTo('door', 'details', '/'), attachedTo('second', 'ratings', '/b'))
  expect([at(set, { path: '/a' }), at(set, { path: '/b' })]).toEqual(['details', 'ratings'])
})

test('of two Gateways behind one door, the more specific host goes first, and what it does not match goes on', () => {
  const set = rules(
    door(),
    second(listener),
    attachedTo('door', 'details', '/'),
    attachedTo('second', 'ratings', '/a', { hostnames: ['bookinfo.example'] }),
  )
  expect([at(set, { path: '/a' }), at(set, { path: '/b' }), at(set, { path: '/a', authority: 'b.example' })]).toEqual([
    'ratings',
    'details',
    'details',
  ])
})

test('of two Gateways behind one door, the older route of two that are alike', () => {
  const routes = [attachedTo('second', 'ratings', '/'), attachedTo('door', 'details', '/')]
  expect([at(rules(door(), second(listener), ...routes)), at(rules(door(), second(listener), ...routes.toReversed()))]).toEqual([
    'ratings',
    'details',
  ])
})

test.each([
  ['80 where it has it', [8080, 80], [8080]],
  ['its lowest port where it does not have 80', [9000, 8080], [9000]],
  ['its only port', [9000], []],
])('the front door stands for one port of a Gateway: %s', (_, ports, others) => {
  const listeners = ports.map((port) => ({ name: `p${port}`, port, protocol: 'HTTP' }))
  const routes = ports.map((port) =>
    httpRoute(`r${port}`, { parentRefs: [{ name: 'door', port }], rules: [to('details', { name: `p${port}` })] }),
  )
  const set = rules(door(...listeners), ...routes)
  const main = ports.find((port) => !others.includes(port))
  expect(set.gateways.doors(ingress)).toEqual(others.map((port) => ({ scheme: 'http', port, front: false })))
  expect(sent(set, atDoor()).routeName).toBe(`p${main}`)
  for (const port of others) expect(sent(set, atDoor({ port })).routeName).toBe(`p${port}`)
})

test('listeners of HTTP and of HTTPS on one port conflict: neither takes anything', () => {
  const certificateRefs = [{ name: 'none' }]
  const set = rules(door(listener, { name: 'tls', port: 80, protocol: 'HTTPS', tls: { certificateRefs } }), attached('r', [to('details')]))
  expect([at(set), at(set, { scheme: 'https' }), set.gateways.doors(ingress)]).toEqual([404, 404, []])
})

const filtered = (...filters: unknown[]) =>
  rules(door(), attached('r', [{ matches: [{ path: { value: '/old' } }], filters, backendRefs: [{ name: 'details', port: 9080 }] }]))
const asked = (path: string): Ask => atDoor({ path })

test('RequestHeaderModifier and ResponseHeaderModifier', () => {
  const modifier = { set: [{ name: 'X-A', value: '1' }], add: [{ name: 'x-b', value: '2' }], remove: ['x-c'] }
  const set = filtered(
    { type: 'RequestHeaderModifier', requestHeaderModifier: modifier },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: modifier },
  )
  const changes = { remove: ['x-c'], set: [['x-a', '1']], add: [['x-b', '2']] }
  expect(sent(set, asked('/old'))).toMatchObject({ requestHeaders: changes, responseHeaders: changes })
})

test('filters of a backend change only the headers of its share', () => {
  const filters = [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value: '1' }] } },
    { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'x-b', value: '2' }] } },
  ]
  const set = rules(
    door(),
    attached('r', [
      {
        backendRefs: [
          { name: 'details', port: 9080, filters },
          { name: 'ratings', port: 9080 },
        ],
      },
    ]),
  )
  const of = (number: number) => sent(set, atDoor({ random: numbers(number) }))
  expect([of(0).requestHeaders.set, of(0).responseHeaders.add, of(0.9).requestHeaders.set]).toEqual([[['x-a', '1']], [['x-b', '2']], []])
})

test.each([
  ['ReplacePrefixMatch', { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, '/old/x?q', '/new/x?q'],
  ['ReplacePrefixMatch of the whole path', { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new/' }, '/old', '/new'],
  ['ReplacePrefixMatch by a slash', { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' }, '/old/x', '/x'],
  ['ReplacePrefixMatch of everything by a slash', { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' }, '/old', '/'],
  ['ReplaceFullPath', { type: 'ReplaceFullPath', replaceFullPath: '/new' }, '/old/x?q', '/new?q'],
])('URLRewrite %s', (_, path, from, expected) => {
  expect(sent(filtered({ type: 'URLRewrite', urlRewrite: { hostname: 'new.example', path } }), asked(from))).toMatchObject({
    path: expected,
    authority: 'new.example',
  })
})

const redirected = (requestRedirect: unknown, question: Ask = {}) => {
  const set = rules(
    door(),
    attached('r', [{ matches: [{ path: { value: '/old' } }], filters: [{ type: 'RequestRedirect', requestRedirect }] }]),
  )
  const { status, headers } = answered(set, atDoor({ path: '/old/x?q=1', port: 80, ...question }))
  return [status, header(headers, 'location')]
}

test.each([
  [{}, 302, 'http://bookinfo.example/old/x?q=1'],
  [{ scheme: 'https' }, 302, 'https://bookinfo.example/old/x?q=1'],
  [{ scheme: 'https', port: 8443, statusCode: 301 }, 301, 'https://bookinfo.example:8443/old/x?q=1'],
  [{ hostname: 'new.example', port: 80 }, 302, 'http://new.example/old/x?q=1'],
  [{ path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }, 302, 'http://bookinfo.example/new?q=1'],
  [{ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 308 }, 308, 'http://bookinfo.example/new/x?q=1'],
])('RequestRedirect %j', (redirect, status, location) => {
  expect(redirected(redirect)).toEqual([status, location])
})

test('a redirect at the front door keeps the port that the client used', () => {
  expect(redirected({ hostname: 'new.example' }, { port: 0, authority: 'bookinfo.example:3000' })).toEqual([
    302,
    'http://new.example:3000/old/x?q=1',
  ])
})

test.each([
  [{}, 0.99, 1],
  [{ percent: 20 }, 0.19, 1],
  [{ percent: 20 }, 0.21, 0],
  [{ fraction: { numerator: 1, denominator: 2 } }, 0.49, 1],
  [{ fraction: { numerator: 1, denominator: 2 } }, 0.51, 0],
])('RequestMirror %j with the number %d', (share, number, copies) => {
  const set = filtered({ type: 'RequestMirror', requestMirror: { backendRef: { name: 'ratings', port: 9080 }, ...share } })
  expect(sent(set, { ...asked('/old'), random: numbers(number) }).mirrors.map(({ cluster }) => cluster.host)).toEqual(
    Array(copies).fill('ratings.default.svc.cluster.local'),
  )
})

const cors = {
  type: 'CORS',
  cors: {
    allowOrigins: ['https://a.example', 'https://*.b.example'],
    allowCredentials: true,
    allowMethods: ['GET', 'PUT'],
    allowHeaders: ['x-a'],
    exposeHeaders: ['x-b'],
    maxAge: 60,
  },
}

test.each(['https://a.example', 'https://x.b.example'])('CORS answers a preflight from %s', (origin) => {
  const answer = answered(filtered(cors), {
    ...asked('/old'),
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PUT' },
  })
  expect(answer.headers).toEqual([
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', 'true'],
    ['access-control-allow-methods', 'GET,PUT'],
    ['access-control-allow-headers', 'x-a'],
    ['access-control-max-age', '60'],
    ['access-control-expose-headers', 'x-b'],
  ])
})

test('CORS answers a preflight from elsewhere without permission', () => {
  expect(
    answered(filtered(cors), {
      ...asked('/old'),
      method: 'OPTIONS',
      headers: { origin: 'https://b.example', 'access-control-request-method': 'PUT' },
    }).headers.map(([name]) => name),
  ).toEqual(['access-control-allow-credentials', 'access-control-allow-methods', 'access-control-allow-headers', 'access-control-max-age'])
})

test('timeouts.request is the limit', () => {
  expect(sent(rules(forService([to('reviews-v1', { timeouts: { request: '500ms' } })]))).timeoutMs).toBe(500)
})

test('timeouts.backendRequest is the limit of a try where there are retries, else of the request', () => {
  const timeouts = { request: '2s', backendRequest: '1s' }
  const [plain, retried] = [{ timeouts }, { timeouts, retry: { attempts: 3, codes: [500, 503], backoff: '100ms' } }].map((more) =>
    sent(rules(forService([to('reviews-v1', more)]))),
  )
  expect(plain).toMatchObject({ timeoutMs: 1000 })
  expect(retried).toMatchObject({
    timeoutMs: 2000,
    retry: {
      attempts: 3,
      perTryTimeoutMs: 1000,
      statusCodes: [500, 503],
      on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
      backOffMs: [100, 1000],
    },
  })
})

test('retry with attempts 0 is none', () => {
  expect(sent(rules(forService([to('reviews-v1', { retry: { attempts: 0 } })]))).retry.attempts).toBe(0)
})

test('a rule without backends is answered with 500', () => {
  expect(goal(rules(forService([{}])))).toBe(500)
})

test('a rule whose weights are all 0 is answered with 500', () => {
  expect(goal(rules(forService([{ backendRefs: [{ name: 'reviews-v1', port: 9080, weight: 0 }] }])))).toBe(500)
})

test('an unknown backend is answered with 500', () => {
  expect(goal(rules(forService([to('nothing')])))).toBe(500)
})

test('a route for a service holds for calls to it', () => {
  expect(goal(rules(forService([to('reviews-v2')])))).toBe('reviews-v2')
})

test('a route for a service whose rules do not match is answered with 404', () => {
  expect(goal(rules(forService([to('reviews-v2', { matches: [{ path: { type: 'Exact', value: '/no' } }] })])))).toBe(404)
})

test('a route for another port of a service says nothing', () => {
  expect([goal(rules(forService([to('reviews-v2')], { port: 80 }))), goal(rules(forService([to('reviews-v2')], { port: 9080 })))]).toEqual([
    'reviews',
    'reviews-v2',
  ])
})

test('a route of another namespace applies only to callers there', () => {
  const set = rules(forService([to('stock')], { namespace: 'default' }, { namespace: 'shop' }))
  expect(goal(set)).toBe('reviews')
  expect(goal(set, { authority: 'reviews.default', from: { ...productpage, namespace: 'shop' } })).toBe('stock.shop.svc.cluster.local')
})

const toStock = [{ backendRefs: [{ name: 'stock', namespace: 'shop', port: 9080 }] }]
const grant = (to_: Record<string, unknown>) =>
  referenceGrant(
    'grant',
    {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
      to: [{ group: '', kind: 'Service', ...to_ }],
    },
    { namespace: 'shop' },
  )

test.each([
  ['no grant', [], 500],
  ['a grant for every service', [grant({})], 'stock.shop.svc.cluster.local'],
  ['a grant for the service', [grant({ name: 'stock' })], 'stock.shop.svc.cluster.local'],
  ['a grant for another service', [grant({ name: 'other' })], 500],
])('a backend in another namespace, with %s', (_, grants, expected) => {
  expect(at(rules(door(), ...grants, attached('r', toStock)))).toBe(expected)
})

test('a route of a service needs no grant for a backend in another namespace', () => {
  expect(goal(rules(forService(toStock)))).toBe('stock.shop.svc.cluster.local')
})

const sticky = (sessionPersistence: unknown) =>
  rules(
    forService([
      {
        backendRefs: [
          { name: 'reviews-v1', port: 9080, weight: 50 },
          { name: 'reviews-v2', port: 9080, weight: 50 },
        ],
        sessionPersistence,
      },
    ]),
  )

test('a session of a cookie stays with one backend, and new ones are spread by weight', () => {
  const set = sticky({ sessionName: 's', type: 'Cookie', cookieConfig: { lifetimeType: 'Session' } })
  const random = seeded(3)
  const firsts = Array.from({ length: 400 }, () => sent(set, { random }))
  for (const first of firsts) {
    const again = sent(set, { random, headers: { cookie: `s=${first.balancer.kind === 'HASH' ? first.balancer.key : ''}` } })
    expect([again.cluster.host, again.balancer]).toEqual([
      first.cluster.host,
      { kind: 'HASH', key: (first.balancer as { key?: string }).key },
    ])
  }
  expect(Math.abs(firsts.filter(({ cluster }) => cluster.host.startsWith('reviews-v1')).length - 200)).toBeLessThan(60)
})

test('a Permanent cookie lives as long as absoluteTimeout', () => {
  const { balancer } = sent(sticky({ sessionName: 's', absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } }))
  expect(balancer).toMatchObject({ setCookie: { name: 's', path: '/', ttlMs: 3_600_000 } })
})

test('a header-based session is returned in the answer', () => {
  const first = sent(sticky({ sessionName: 'X-Session', type: 'Header' }), { random: numbers(0.5) })
  expect(first.responseHeaders.set).toEqual([['x-session', '80000000800000008000000080000000']])
})
