import { answered, ask, atDoor, gateway, goal, header, numbers, reviewsSubsets, sent, type Ask } from '../support.ts'
import { virtualServiceConnectionFields } from './connections.ts'
import type { FieldCase, Fields } from './field-case.ts'

const to = (host: string, more: Fields = {}) => [{ destination: { host, ...more } }]
const of = (...http: Fields[]) => ({ hosts: ['reviews'], http })
/** To ratings when the match fits, else to details. */
const matching = (match: Fields) => of({ match: [match], route: to('ratings') }, { route: to('details') })
const goes = (question: Ask = {}): Pick<FieldCase, 'see'> => ({ see: (set) => goal(set, question) })
const forwards = (key: keyof ReturnType<typeof sent>, question: Ask = {}): Pick<FieldCase, 'see'> => ({
  see: (set) => sent(set, question)[key],
})
const ways = ['exact', 'prefix', 'regex'] as const

const matches: FieldCase[] = [
  ...ways.flatMap((way): FieldCase[] => [
    ...['scheme', 'method', 'authority'].map((part) => ({
      spec: matching({ [part]: { [way]: 'never' } }),
      ...goes(),
      is: 'details',
      removed: { [`http[].match[].${part}.${way}`]: 'ratings' },
    })),
    {
      spec: matching({ headers: { a: { [way]: 'never' } }, queryParams: { b: { exact: '1' } } }),
      ...goes({ headers: { a: 'x' }, path: '/?b=1' }),
      is: 'details',
      removed: { [`http[].match[].headers.*.${way}`]: 'ratings' },
    },
    {
      spec: matching({ queryParams: { a: { [way]: 'never' } } }),
      ...goes({ path: '/?a=x' }),
      is: 'details',
      removed: { [`http[].match[].queryParams.*.${way}`]: 'ratings' },
    },
    {
      // Without a value it means that the header must not be there at all.
      spec: matching({ withoutHeaders: { a: { [way]: 'never' } } }),
      ...goes({ headers: { a: 'x' } }),
      is: 'ratings',
      removed: { [`http[].match[].withoutHeaders.*.${way}`]: 'details' },
    },
    {
      spec: matching({ uri: { [way]: '/never' } }),
      ...goes(),
      is: 'details',
      changed: { [`http[].match[].uri.${way}`]: [way === 'regex' ? '/rev.*' : '/reviews/0', 'ratings'] },
    },
  ]),
  { spec: matching({ port: 1 }), ...goes(), is: 'details', removed: { 'http[].match[].port': 'ratings' } },
  { spec: matching({ sourceLabels: { app: 'never' } }), ...goes(), is: 'details', removed: { 'http[].match[].sourceLabels.*': 'ratings' } },
  { spec: matching({ sourceNamespace: 'never' }), ...goes(), is: 'details', removed: { 'http[].match[].sourceNamespace': 'ratings' } },
  { spec: matching({ gateways: ['never'] }), ...goes(), is: 'details', removed: { 'http[].match[].gateways[]': 'ratings' } },
  {
    spec: matching({ uri: { prefix: '/REVIEWS' }, ignoreUriCase: true }),
    ...goes(),
    is: 'ratings',
    removed: { 'http[].match[].ignoreUriCase': 'details' },
  },
  {
    spec: of({ name: 'route', match: [{ name: 'match' }], route: to('ratings') }),
    ...forwards('routeName'),
    is: 'route.match',
    removed: { 'http[].name': 'match', 'http[].match[].name': 'route' },
  },
]

const headerOperations = { set: { a: '1' }, add: { b: '2' }, remove: ['c'] }
const changes = (at: string, http: Fields): FieldCase => ({
  spec: of(http),
  see: (set) => {
    const { requestHeaders: there, responseHeaders: back } = sent(set)
    return {
      setThere: there.set,
      addThere: there.add,
      removeThere: there.remove,
      setBack: back.set,
      addBack: back.add,
      removeBack: back.remove,
    }
  },
  is: {
    setThere: [['a', '1']],
    addThere: [['b', '2']],
    removeThere: ['c'],
    setBack: [['a', '1']],
    addBack: [['b', '2']],
    removeBack: ['c'],
  },
  removed: {
    [`${at}.request.set.*`]: { setThere: [] },
    [`${at}.request.add.*`]: { addThere: [] },
    [`${at}.request.remove[]`]: { removeThere: [] },
    [`${at}.response.set.*`]: { setBack: [] },
    [`${at}.response.add.*`]: { addBack: [] },
    [`${at}.response.remove[]`]: { removeBack: [] },
  },
})

const routes: FieldCase[] = [
  { spec: of({ route: to('ratings') }), ...goes(), is: 'ratings', changed: { 'http[].route[].destination.host': ['details', 'details'] } },
  {
    spec: of({ route: to('reviews', { subset: 'v2' }) }),
    others: [reviewsSubsets],
    ...goes(),
    is: 'v2',
    removed: { 'http[].route[].destination.subset': 'reviews' },
  },
  {
    spec: of({ route: to('ratings', { port: { number: 9999 } }) }),
    ...goes(),
    is: 503,
    changed: { 'http[].route[].destination.port.number': [9080, 'ratings'] },
  },
  {
    spec: of({
      route: [...to('ratings').map((each) => ({ ...each, weight: 90 })), ...to('details').map((each) => ({ ...each, weight: 10 }))],
    }),
    ...goes({ random: numbers(0.6) }),
    is: 'ratings',
    changed: { 'http[].route[].weight': [1, 'details'] },
  },
  changes('http[].route[].headers', {
    route: [{ destination: { host: 'ratings' }, headers: { request: headerOperations, response: headerOperations } }],
  }),
  changes('http[].headers', { route: to('ratings'), headers: { request: headerOperations, response: headerOperations } }),
  {
    spec: of({ route: to('ratings'), rewrite: { uri: '/v2/', authority: 'new.example' } }),
    see: (set) => [sent(set).path, sent(set).authority],
    is: ['/v2/reviews/0', 'new.example'],
    removed: { 'http[].rewrite.uri': ['/reviews/0', 'new.example'], 'http[].rewrite.authority': ['/v2/reviews/0', 'reviews:9080'] },
  },
  {
    spec: of({ route: to('ratings'), rewrite: { uriRegexRewrite: { match: 'reviews', rewrite: 'v2' } } }),
    ...forwards('path'),
    is: '/v2/0',
    changed: {
      'http[].rewrite.uriRegexRewrite.match': ['0', '/reviews/v2'],
      'http[].rewrite.uriRegexRewrite.rewrite': ['v3', '/v3/0'],
    },
  },
  { spec: of({ route: to('ratings'), timeout: '5s' }), ...forwards('timeoutMs'), is: 5000, removed: { 'http[].timeout': 0 } },
  {
    spec: of({
      route: to('ratings'),
      retries: { attempts: 3, perTryTimeout: '1s', retryOn: '5xx', backoff: '50ms', retryIgnorePreviousHosts: false },
    }),
    ...forwards('retry'),
    is: { attempts: 3, on: ['5xx'], statusCodes: [], backOffMs: [50, 500], otherHosts: false, perTryTimeoutMs: 1000 },
    changed: { 'http[].retries.attempts': [1, { attempts: 1 }] },
    removed: {
      'http[].retries.perTryTimeout': { perTryTimeoutMs: undefined },
      'http[].retries.retryOn': { on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'] },
      'http[].retries.backoff': { backOffMs: [25, 250] },
      'http[].retries.retryIgnorePreviousHosts': { otherHosts: undefined },
    },
  },
  {
    spec: of({ route: to('ratings'), fault: { delay: { percentage: { value: 100 }, fixedDelay: '7s' } } }),
    ...forwards('delayMs'),
    is: 7000,
    changed: { 'http[].fault.delay.fixedDelay': ['1s', 1000] },
    removed: { 'http[].fault.delay.percentage.value': 0 },
  },
  {
    spec: of({ route: to('ratings'), fault: { delay: { percent: 100, fixedDelay: '7s' } } }),
    ...forwards('delayMs'),
    is: 7000,
    removed: { 'http[].fault.delay.percent': 0 },
  },
  {
    spec: of({ route: to('ratings'), fault: { abort: { percentage: { value: 100 }, grpcStatus: 'UNAVAILABLE' } } }),
    see: (set) => answered(set).grpcStatus,
    is: 14,
    changed: { 'http[].fault.abort.grpcStatus': ['NOT_FOUND', 5] },
  },
  {
    spec: of({ route: to('ratings'), fault: { abort: { percentage: { value: 100 }, httpStatus: 555 } } }),
    ...goes(),
    is: 555,
    changed: { 'http[].fault.abort.httpStatus': [556, 556] },
    removed: { 'http[].fault.abort.percentage.value': 'ratings' },
  },
]

const answers: FieldCase[] = [
  ...(
    [
      [
        { uri: '/x', authority: 'new.example', scheme: 'https', redirectCode: 308 },
        [308, 'https://new.example/x'],
        {
          uri: [308, 'https://new.example/reviews/0'],
          authority: [308, 'https://reviews:9080/x'],
          scheme: [308, 'http://new.example/x'],
          redirectCode: [301, 'https://new.example/x'],
        },
      ],
      [{ uri: '/x', port: 8443 }, [301, 'http://reviews:8443/x'], { port: [301, 'http://reviews:9080/x'] }],
      [
        { authority: 'new.example', derivePort: 'FROM_REQUEST_PORT' },
        [301, 'http://new.example:9080/reviews/0'],
        {
          derivePort: [301, 'http://new.example/reviews/0'],
        },
      ],
      [
        { authority: 'new.example', prefixRewrite: '/v2/' },
        [301, 'http://new.example/v2/reviews/0'],
        {
          prefixRewrite: [301, 'http://new.example/reviews/0'],
        },
      ],
    ] as const
  ).map(([redirect, is, removed]) => ({
    spec: of({ redirect }),
    see: (set: Parameters<typeof answered>[0]) => [answered(set).status, header(answered(set).headers, 'location')],
    is,
    removed: Object.fromEntries(Object.entries(removed).map(([field, seen]) => [`http[].redirect.${field}`, seen])),
  })),
  {
    spec: of({ directResponse: { status: 418, body: { string: 'tea' } } }),
    see: (set) => [answered(set).status, answered(set).body],
    is: [418, 'tea'],
    changed: { 'http[].directResponse.status': [200, [200, 'tea']] },
    removed: { 'http[].directResponse.body.string': [418, ''] },
  },
  {
    spec: of({ directResponse: { status: 200, body: { bytes: 'dGVh' } } }),
    see: (set) => answered(set).body,
    is: 'tea',
    removed: { 'http[].directResponse.body.bytes': '' },
  },
]

const mirrored = (question: Ask = {}): Pick<FieldCase, 'see'> => ({
  see: (set) => sent(set, question).mirrors.map(({ cluster }) => cluster.name),
})
const half = { random: numbers(0.5) }
const cluster = (host: string, subset = '') => `outbound|9080|${subset}|${host}.default.svc.cluster.local`
const mirrors: FieldCase[] = (
  [
    ['http[].mirror', (destination: Fields) => ({ mirror: destination })],
    ['http[].mirrors[].destination', (destination: Fields) => ({ mirrors: [{ destination }] })],
  ] as const
).flatMap(([at, mirror]): FieldCase[] => [
  {
    spec: of({ route: to('ratings'), ...mirror({ host: 'reviews', subset: 'v2' }) }),
    others: [reviewsSubsets],
    ...mirrored(),
    is: [cluster('reviews', 'v2')],
    removed: { [`${at}.subset`]: [cluster('reviews')] },
  },
  {
    spec: of({ route: to('ratings'), ...mirror({ host: 'reviews', port: { number: 9080 } }) }),
    ...mirrored(),
    is: [cluster('reviews')],
    changed: { [`${at}.host`]: ['details', [cluster('details')]], [`${at}.port.number`]: [9999, []] },
  },
])
mirrors.push(
  ...[{ mirrorPercentage: { value: 10 } }, { mirrorPercent: 10 }].map((percent) => ({
    spec: of({ route: to('ratings'), mirror: { host: 'details' }, ...percent }),
    ...mirrored(half),
    is: [],
    removed: { [`http[].${'mirrorPercent' in percent ? 'mirrorPercent' : 'mirrorPercentage.value'}`]: [cluster('details')] },
  })),
  {
    spec: of({ route: to('ratings'), mirrors: [{ destination: { host: 'details' }, percentage: { value: 100 } }] }),
    ...mirrored(half),
    is: [cluster('details')],
    removed: { 'http[].mirrors[].percentage.value': [] },
  },
)

const origin = 'https://a.example'
const preflight: Ask = {
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x' },
}
const back = (question: Ask): Pick<FieldCase, 'see'> => ({
  see: (set) => {
    const decision = ask(set, question)
    return Object.fromEntries(decision.kind === 'respond' ? decision.headers : decision.responseHeaders.set)
  },
})
const allow = 'access-control-allow'
const cors = (corsPolicy: Fields) => of({ route: to('ratings'), corsPolicy })
const corsPolicies: FieldCase[] = [
  ...ways.map((way) => ({
    spec: cors({ allowOrigins: [{ [way]: 'never' }] }),
    ...back({ headers: { origin } }),
    is: {},
    removed: { [`http[].corsPolicy.allowOrigins[].${way}`]: { [`${allow}-origin`]: origin } },
  })),
  {
    spec: cors({ allowOrigin: [origin], exposeHeaders: ['x-a'] }),
    ...back({ headers: { origin } }),
    is: { [`${allow}-origin`]: origin, 'access-control-expose-headers': 'x-a' },
    removed: {
      'http[].corsPolicy.allowOrigin[]': { [`${allow}-origin`]: undefined, 'access-control-expose-headers': undefined },
      'http[].corsPolicy.exposeHeaders[]': { 'access-control-expose-headers': undefined },
    },
  },
  {
    spec: cors({ allowOrigins: [{ exact: origin }], allowMethods: ['GET'], allowHeaders: ['x'], maxAge: '1m', allowCredentials: true }),
    ...back(preflight),
    is: {
      [`${allow}-origin`]: origin,
      [`${allow}-methods`]: 'GET',
      [`${allow}-headers`]: 'x',
      [`${allow}-credentials`]: 'true',
      'access-control-max-age': '60',
    },
    removed: {
      'http[].corsPolicy.allowMethods[]': { [`${allow}-methods`]: undefined },
      'http[].corsPolicy.allowHeaders[]': { [`${allow}-headers`]: undefined },
      'http[].corsPolicy.maxAge': { 'access-control-max-age': undefined },
      'http[].corsPolicy.allowCredentials': { [`${allow}-credentials`]: undefined },
    },
  },
  {
    spec: cors({ allowOrigins: [{ exact: 'never' }], unmatchedPreflights: 'IGNORE' }),
    ...goes(preflight),
    is: 200,
    removed: { 'http[].corsPolicy.unmatchedPreflights': 'ratings' },
  },
]

export const virtualServiceFields: FieldCase[] = [
  ...virtualServiceConnectionFields,
  {
    spec: { hosts: ['reviews', 'ratings'], http: [{ route: to('details') }] },
    ...goes({ authority: 'ratings:9080' }),
    is: 'details',
    removed: { 'hosts[]': 'ratings' },
  },
  {
    spec: { hosts: ['bookinfo.example'], gateways: ['mesh', 'door'], http: [{ route: to('details') }] },
    others: [gateway('door', { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] })],
    ...goes(atDoor()),
    is: 'details',
    removed: { 'gateways[]': 404 },
  },
  { spec: { ...of({ route: to('details') }), exportTo: ['shop', '.'] }, ...goes(), is: 'details', removed: { 'exportTo[]': 'reviews' } },
  ...matches,
  ...routes,
  ...answers,
  ...mirrors,
  ...corsPolicies,
]
