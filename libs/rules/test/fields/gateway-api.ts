import {
  answered,
  ask,
  atDoor,
  backendTlsPolicy,
  configMap,
  dial,
  gatewayApiGateway,
  goal,
  header,
  httpRoute,
  numbers,
  referenceGrant,
  secret,
  sent,
  withEchoes,
  type Ask,
} from '../support.ts'
import { certificateFor } from '../certificates.ts'
import type { FieldCase, Fields } from './field-case.ts'

type See = Pick<FieldCase, 'see'>
const { cert, key } = await certificateFor('bookinfo.example')
const pair = { stringData: { 'tls.crt': cert, 'tls.key': key } }
const backend = (name: string, more: Fields = {}) => ({ name, port: 9080, ...more })
const goes = (question: Ask = {}): See => ({ see: (set) => goal(set, question) })
const atGateway = goes(atDoor({ port: 80 }))
const forwards = (name: keyof ReturnType<typeof sent>, question: Ask = {}): See => ({
  see: (set) => sent(set, question)[name],
})

const toDetails = httpRoute('details', { parentRefs: [{ name: 'subject' }], rules: [{ backendRefs: [backend('details')] }] })
const listener = (more: Fields = {}) => ({ name: 'http', port: 80, protocol: 'HTTP', ...more })
const gatewayOf = (...listeners: Fields[]) => ({ gatewayClassName: 'istio', listeners })
const certificate = (more: Fields = {}) =>
  gatewayOf(
    listener({
      port: 443,
      protocol: 'HTTPS',
      tls: { mode: 'Terminate', certificateRefs: [{ group: '', kind: 'Secret', name: 'one', ...more }] },
    }),
  )
const shown: See = { see: (set) => set.gateways.tlsFor('bookinfo.example', { labels: {} })?.certificates.length }

const ofDefault = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['other', 'default'] }
const expressions = 'listeners[].allowedRoutes.namespaces.selector.matchExpressions[]'

export const gatewayApiGatewayFields: FieldCase[] = [
  {
    spec: gatewayOf(listener({ hostname: 'other.example' })),
    others: [toDetails],
    ...atGateway,
    is: 404,
    removed: { 'listeners[].hostname': 'details' },
    ignored: ['gatewayClassName'],
  },
  {
    spec: gatewayOf(listener()),
    others: [
      httpRoute('details', { parentRefs: [{ name: 'subject', sectionName: 'http' }], rules: [{ backendRefs: [backend('details')] }] }),
    ],
    ...atGateway,
    is: 'details',
    changed: { 'listeners[].name': ['other', 404], 'listeners[].port': [81, 404], 'listeners[].protocol': ['TCP', 404] },
  },
  {
    spec: certificate(),
    others: [secret('one', pair)],
    ...shown,
    is: 1,
    changed: { 'listeners[].tls.certificateRefs[].name': ['other', 0] },
    implied: ['listeners[].tls.mode', 'listeners[].tls.certificateRefs[].group', 'listeners[].tls.certificateRefs[].kind'],
  },
  {
    spec: certificate({ namespace: 'shop' }),
    others: [
      secret('one', pair, { namespace: 'shop' }),
      referenceGrant(
        'grant',
        { from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' }], to: [{ group: '', kind: 'Secret' }] },
        { namespace: 'shop' },
      ),
    ],
    ...shown,
    is: 1,
    removed: { 'listeners[].tls.certificateRefs[].namespace': 0 },
  },
  {
    spec: gatewayOf(
      listener({ allowedRoutes: { namespaces: { from: 'None' }, kinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }] } }),
    ),
    others: [toDetails],
    ...atGateway,
    is: 404,
    removed: { 'listeners[].allowedRoutes.namespaces.from': 'details' },
    implied: ['listeners[].allowedRoutes.kinds[].group'],
  },
  {
    spec: gatewayOf(listener({ allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } })),
    others: [toDetails],
    ...atGateway,
    is: 'details',
    changed: { 'listeners[].allowedRoutes.kinds[].kind': ['GRPCRoute', 404] },
  },
  {
    spec: gatewayOf(
      listener({
        allowedRoutes: {
          namespaces: { from: 'Selector', selector: { matchLabels: { 'kubernetes.io/metadata.name': 'default', never: '' } } },
        },
      }),
    ),
    others: [toDetails],
    ...atGateway,
    is: 404,
    removed: { 'listeners[].allowedRoutes.namespaces.selector.matchLabels.*': 'details' },
  },
  {
    spec: gatewayOf(listener({ allowedRoutes: { namespaces: { from: 'Selector', selector: { matchExpressions: [ofDefault] } } } })),
    others: [toDetails],
    ...atGateway,
    is: 'details',
    removed: { [`${expressions}.values[]`]: 404 },
    changed: { [`${expressions}.key`]: ['other', 404], [`${expressions}.operator`]: ['NotIn', 404] },
  },
]

const front = gatewayApiGateway('door', gatewayOf(listener(), listener({ name: 'other', port: 81 })))
const inMesh = (...rules: Fields[]) => ({ parentRefs: [{ group: '', kind: 'Service', name: 'reviews' }], rules })
/** To ratings when the match fits, else to details. */
const matching = (match: Fields) => inMesh({ matches: [match], backendRefs: [backend('ratings')] }, { backendRefs: [backend('details')] })
const filtering = (type: string, more: Fields, rule: Fields = { backendRefs: [backend('ratings')] }) =>
  inMesh({ ...rule, filters: [{ type, ...more }] })

const modified = (at: string, spec: (filters: Fields[]) => Fields): FieldCase[] =>
  (['request', 'response'] as const).map((side): FieldCase => {
    const field = `${side}HeaderModifier`
    const path = `${at}.${field}`
    const type = side === 'request' ? 'RequestHeaderModifier' : 'ResponseHeaderModifier'
    const modifier = { set: [{ name: 'a', value: '1' }], add: [{ name: 'b', value: '2' }], remove: ['c'] }
    return {
      spec: spec([{ type, [field]: modifier }]),
      see: (set) => {
        const { remove, set: written, add } = sent(set)[side === 'request' ? 'requestHeaders' : 'responseHeaders']
        return { remove, set: written, add }
      },
      is: { set: [['a', '1']], add: [['b', '2']], remove: ['c'] },
      changed: {
        [`${path}.set[].name`]: ['x', { set: [['x', '1']] }],
        [`${path}.set[].value`]: ['9', { set: [['a', '9']] }],
        [`${path}.add[].name`]: ['x', { add: [['x', '2']] }],
        [`${path}.add[].value`]: ['9', { add: [['b', '9']] }],
      },
      removed: { [`${path}.remove[]`]: { remove: [] } },
      implied: [`${at}.type`],
    }
  })

const named: FieldCase[] = (['headers', 'queryParams'] as const).flatMap((part): FieldCase[] => {
  const question = { headers: { a: 'xyz', b: 'x' }, path: '/?a=xyz&b=x' }
  return [
    {
      spec: matching({ [part]: [{ name: 'a', type: 'RegularExpression', value: 'x.*' }] }),
      ...goes(question),
      is: 'ratings',
      changed: { [`rules[].matches[].${part}[].name`]: ['c', 'details'], [`rules[].matches[].${part}[].value`]: ['y.*', 'details'] },
      removed: { [`rules[].matches[].${part}[].type`]: 'details' },
    },
  ]
})

const mirrored: See = {
  see: (set) => sent(set, { random: numbers(0.5) }).mirrors.map(({ cluster }) => cluster.host.split('.').slice(0, 2).join('.')),
}
const location = (spec: Fields, is: unknown, more: Pick<FieldCase, 'removed' | 'changed' | 'implied'>): FieldCase => ({
  spec,
  see: (set) => [answered(set).status, header(answered(set).headers, 'location')],
  is,
  ...more,
})
const redirect = (requestRedirect: Fields, rule: Fields = {}) => filtering('RequestRedirect', { requestRedirect }, rule)
const prefixed = { matches: [{ path: { value: '/reviews' } }] }

const origin = 'https://a.example'
const preflight: Ask = {
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x' },
}
const answerHeaders = (question: Ask): See => ({
  see: (set) => {
    const decision = ask(set, question)
    return Object.fromEntries(decision.kind === 'respond' ? decision.headers : decision.responseHeaders.set)
  },
})
const cors = (more: Fields) => filtering('CORS', { cors: { allowOrigins: ['https://other.example', origin], ...more } })
const allow = 'access-control-allow'
const shop = referenceGrant(
  'grant',
  { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }], to: [{ group: '', kind: 'Service' }] },
  { namespace: 'shop' },
)

/** What HTTPRoute and GRPCRoute have in common; `missing` is the answer for a backend that does not exist. */
const routeFields = (missing: number): FieldCase[] => [
  {
    spec: { parentRefs: [{ group: '', kind: 'Service', name: 'reviews', port: 1 }], rules: [{ backendRefs: [backend('details')] }] },
    ...goes(),
    is: 'reviews',
    removed: { 'parentRefs[].port': 'details' },
    implied: ['parentRefs[].group', 'parentRefs[].kind'],
  },
  {
    spec: {
      parentRefs: [{ name: 'door', namespace: 'default', sectionName: 'other' }],
      hostnames: ['a.example', 'bookinfo.example'],
      rules: [{ name: 'route', backendRefs: [backend('details')] }],
    },
    others: [front],
    see: (set) => {
      const decisions = [80, 81].map((port) => ask(set, atDoor({ port })))
      return decisions.map((decision) => (decision.kind === 'forward' ? decision.routeName : decision.status))
    },
    is: [404, 'route'],
    changed: { 'parentRefs[].name': ['other', [404, 404]] },
    removed: {
      'parentRefs[].sectionName': ['route', 'route'],
      'hostnames[]': [404, 404],
      'rules[].name': [404, 'default.subject.0'],
    },
  },
  {
    spec: { parentRefs: [{ name: 'door', namespace: 'shop' }], rules: [{ backendRefs: [backend('details')] }] },
    others: [front],
    ...atGateway,
    is: 404,
    removed: { 'parentRefs[].namespace': 'details' },
  },
  ...modified('rules[].filters[]', (filters) => inMesh({ backendRefs: [backend('ratings')], filters })),
  ...modified('rules[].backendRefs[].filters[]', (filters) => inMesh({ backendRefs: [backend('ratings', { filters })] })),
  {
    spec: filtering('RequestMirror', { requestMirror: { backendRef: { group: '', kind: 'Service', ...backend('details') }, percent: 10 } }),
    ...mirrored,
    is: [],
    removed: { 'rules[].filters[].requestMirror.percent': ['details.default'] },
  },
  {
    spec: filtering('RequestMirror', {
      requestMirror: { backendRef: { group: '', kind: 'Service', ...backend('stock', { namespace: 'shop' }) } },
    }),
    others: [shop],
    ...mirrored,
    is: ['stock.shop'],
    changed: {
      'rules[].filters[].requestMirror.backendRef.name': ['other', []],
      'rules[].filters[].requestMirror.backendRef.port': [1, []],
    },
    removed: { 'rules[].filters[].requestMirror.backendRef.namespace': [] },
    implied: ['rules[].filters[].requestMirror.backendRef.group', 'rules[].filters[].requestMirror.backendRef.kind'],
  },
  {
    spec: filtering('RequestMirror', { requestMirror: { backendRef: backend('details'), fraction: { numerator: 1, denominator: 10 } } }),
    ...mirrored,
    is: [],
    changed: { 'rules[].filters[].requestMirror.fraction.numerator': [9, ['details.default']] },
  },
  {
    spec: filtering('RequestMirror', { requestMirror: { backendRef: backend('details'), fraction: { numerator: 1, denominator: 1 } } }),
    ...mirrored,
    is: ['details.default'],
    removed: { 'rules[].filters[].requestMirror.fraction.denominator': [] },
  },
  {
    spec: inMesh({
      backendRefs: [
        { group: '', kind: 'Service', ...backend('ratings', { weight: 9 }) },
        { group: '', kind: 'Service', ...backend('details', { weight: 1 }) },
      ],
    }),
    ...goes({ random: numbers(0.6) }),
    is: 'ratings',
    changed: { 'rules[].backendRefs[].name': ['details', 'details'], 'rules[].backendRefs[].port': [1, missing] },
    removed: { 'rules[].backendRefs[].weight': 'details' },
    implied: ['rules[].backendRefs[].group', 'rules[].backendRefs[].kind'],
  },
  {
    spec: inMesh({ backendRefs: [backend('stock', { namespace: 'shop' })] }),
    others: [shop],
    ...goes(),
    is: 'stock.shop.svc.cluster.local',
    removed: { 'rules[].backendRefs[].namespace': missing },
  },
  {
    spec: inMesh({
      backendRefs: [backend('ratings')],
      sessionPersistence: { sessionName: 'cart', type: 'Cookie', absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } },
    }),
    see: (set) => {
      const { balancer } = sent(set)
      return balancer.kind === 'HASH' && balancer.setCookie ? { ...balancer.setCookie } : 'no cookie'
    },
    is: { name: 'cart', path: '/', ttlMs: 3_600_000 },
    changed: {
      'rules[].sessionPersistence.type': ['Header', 'no cookie'],
      'rules[].sessionPersistence.absoluteTimeout': ['1m', { ttlMs: 60_000 }],
    },
    removed: {
      'rules[].sessionPersistence.sessionName': { name: 'session-default-subject-0' },
      'rules[].sessionPersistence.cookieConfig.lifetimeType': { ttlMs: undefined },
    },
  },
]

export const httpRouteFields: FieldCase[] = [
  ...routeFields(500),
  {
    spec: matching({ path: { type: 'Exact', value: '/rev' } }),
    ...goes({ path: '/rev/0' }),
    is: 'details',
    changed: { 'rules[].matches[].path.value': ['/rev/0', 'ratings'] },
    removed: { 'rules[].matches[].path.type': 'ratings' },
  },
  ...named,
  { spec: matching({ method: 'PUT' }), ...goes(), is: 'details', removed: { 'rules[].matches[].method': 'ratings' } },
  location(
    redirect({
      scheme: 'https',
      hostname: 'new.example',
      port: 8443,
      statusCode: 308,
      path: { type: 'ReplaceFullPath', replaceFullPath: '/x' },
    }),
    [308, 'https://new.example:8443/x'],
    {
      removed: {
        'rules[].filters[].requestRedirect.scheme': [308, 'http://new.example:8443/x'],
        'rules[].filters[].requestRedirect.hostname': [308, 'https://reviews:8443/x'],
        'rules[].filters[].requestRedirect.port': [308, 'https://new.example/x'],
        'rules[].filters[].requestRedirect.statusCode': [302, 'https://new.example:8443/x'],
      },
      changed: { 'rules[].filters[].requestRedirect.path.replaceFullPath': ['/y', [308, 'https://new.example:8443/y']] },
      implied: ['rules[].filters[].requestRedirect.path.type'],
    },
  ),
  location(redirect({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } }, prefixed), [302, 'http://reviews:9080/x/0'], {
    changed: { 'rules[].filters[].requestRedirect.path.replacePrefixMatch': ['/y', [302, 'http://reviews:9080/y/0']] },
  }),
  {
    spec: filtering('URLRewrite', { urlRewrite: { hostname: 'new.example', path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } }),
    see: (set) => [sent(set).authority, sent(set).path],
    is: ['new.example', '/x'],
    removed: { 'rules[].filters[].urlRewrite.hostname': ['reviews:9080', '/x'] },
    changed: { 'rules[].filters[].urlRewrite.path.replaceFullPath': ['/y', ['new.example', '/y']] },
    implied: ['rules[].filters[].urlRewrite.path.type'],
  },
  {
    spec: filtering(
      'URLRewrite',
      { urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } } },
      { ...prefixed, backendRefs: [backend('ratings')] },
    ),
    ...forwards('path'),
    is: '/x/0',
    changed: { 'rules[].filters[].urlRewrite.path.replacePrefixMatch': ['/y', '/y/0'] },
  },
  {
    spec: cors({ allowCredentials: true, allowMethods: ['GET'], allowHeaders: ['x'], maxAge: 60 }),
    ...answerHeaders(preflight),
    is: {
      [`${allow}-origin`]: origin,
      [`${allow}-credentials`]: 'true',
      [`${allow}-methods`]: 'GET',
      [`${allow}-headers`]: 'x',
      'access-control-max-age': '60',
    },
    removed: {
      'rules[].filters[].cors.allowOrigins[]': { [`${allow}-origin`]: undefined },
      'rules[].filters[].cors.allowCredentials': { [`${allow}-credentials`]: undefined },
      'rules[].filters[].cors.allowMethods[]': { [`${allow}-methods`]: undefined },
      'rules[].filters[].cors.allowHeaders[]': { [`${allow}-headers`]: undefined },
      'rules[].filters[].cors.maxAge': { 'access-control-max-age': undefined },
    },
  },
  {
    spec: cors({ exposeHeaders: ['x-a'] }),
    ...answerHeaders({ headers: { origin } }),
    is: { [`${allow}-origin`]: origin, 'access-control-expose-headers': 'x-a' },
    removed: { 'rules[].filters[].cors.exposeHeaders[]': { 'access-control-expose-headers': undefined } },
  },
  {
    spec: inMesh({
      backendRefs: [backend('ratings')],
      timeouts: { request: '5s', backendRequest: '2s' },
      retry: { codes: [500, 503], attempts: 3, backoff: '50ms' },
    }),
    see: (set) => {
      const { timeoutMs, retry } = sent(set)
      return {
        timeoutMs,
        attempts: retry.attempts,
        codes: retry.statusCodes,
        backOffMs: retry.backOffMs,
        perTryTimeoutMs: retry.perTryTimeoutMs,
      }
    },
    is: { timeoutMs: 5000, attempts: 3, codes: [500, 503], backOffMs: [50, 500], perTryTimeoutMs: 2000 },
    removed: {
      'rules[].timeouts.request': { timeoutMs: 0 },
      'rules[].timeouts.backendRequest': { perTryTimeoutMs: undefined },
      'rules[].retry.codes[]': { codes: [500] },
      'rules[].retry.attempts': { attempts: 2 },
      'rules[].retry.backoff': { backOffMs: [25, 250] },
    },
  },
]

const grpc = { path: '/bookinfo.v1.Reviews/GetReviews', headers: { a: 'xyz' } }

export const grpcRouteFields: FieldCase[] = [
  ...routeFields(503),
  {
    spec: matching({ method: { type: 'RegularExpression', service: '.*Reviews', method: 'Get.*' } }),
    ...goes(grpc),
    is: 'ratings',
    changed: {
      'rules[].matches[].method.service': ['.*Details', 'details'],
      'rules[].matches[].method.method': ['List.*', 'details'],
    },
  },
  {
    // The dots of a name stand for themselves, those of a pattern for any character.
    spec: matching({ method: { type: 'Exact', service: 'bookinfo.v1.Reviews' } }),
    ...goes({ path: '/bookinfoxv1xReviews/Get' }),
    is: 'details',
    changed: { 'rules[].matches[].method.type': ['RegularExpression', 'ratings'] },
  },
  {
    spec: matching({ headers: [{ name: 'a', type: 'RegularExpression', value: 'x.*' }] }),
    ...goes(grpc),
    is: 'ratings',
    changed: { 'rules[].matches[].headers[].name': ['c', 'details'], 'rules[].matches[].headers[].value': ['y.*', 'details'] },
    removed: { 'rules[].matches[].headers[].type': 'details' },
  },
]

// Only what comes in at a Gateway has to be granted.
const toShop = httpRoute('stock', { parentRefs: [{ name: 'door' }], rules: [{ backendRefs: [backend('stock', { namespace: 'shop' })] }] })

const begun: See & Pick<FieldCase, 'world'> = {
  world: { inventory: withEchoes },
  see: (set) => {
    const decision = dial(set, { port: 9083 })
    if (decision.kind === 'close') return decision.flags
    const { tlsSettings: { authority, ...tls } = {}, endpoints } = decision.cluster
    return { ...tls, ca: authority?.ca === cert, endpoints: endpoints.length }
  },
}
const backendTls = (more: Fields = {}, target: Fields = {}) => ({
  targetRefs: [{ group: '', kind: 'Service', name: 'reviews', ...target }],
  validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'authority' }], hostname: 'books.example', ...more },
})
const authority = configMap('authority', { 'ca.crt': cert })
const plain = { sni: undefined, ca: false }

export const backendTlsPolicyFields: FieldCase[] = [
  {
    spec: backendTls(),
    others: [authority],
    ...begun,
    is: { sni: 'books.example', ca: true, endpoints: 3 },
    changed: {
      'targetRefs[].name': ['ratings', plain],
      'validation.hostname': ['other.example', { sni: 'other.example' }],
      'validation.caCertificateRefs[].name': ['other', { ...plain, endpoints: 0 }],
      'validation.caCertificateRefs[].kind': ['Other', { ...plain, endpoints: 0 }],
      'validation.caCertificateRefs[].group': ['other', { ...plain, endpoints: 0 }],
    },
    implied: ['targetRefs[].group', 'targetRefs[].kind'],
  },
  {
    spec: backendTls({}, { sectionName: 'tcp-echo' }),
    others: [authority],
    ...begun,
    is: { ca: false, endpoints: 3 },
    removed: { 'targetRefs[].sectionName': { sni: 'books.example', ca: true } },
  },
  {
    spec: backendTls({
      caCertificateRefs: undefined,
      wellKnownCACertificates: 'System',
      subjectAltNames: [
        { type: 'Hostname', hostname: 'a.example' },
        { type: 'URI', uri: 'spiffe://a.example/b' },
      ],
    }),
    ...begun,
    is: { sni: 'books.example', subjectAltNames: ['a.example', 'spiffe://a.example/b'], ca: false, endpoints: 3 },
    changed: {
      'validation.subjectAltNames[].hostname': ['c.example', { subjectAltNames: ['c.example', 'spiffe://a.example/b'] }],
      'validation.subjectAltNames[].uri': ['spiffe://d.example', { subjectAltNames: ['a.example', 'spiffe://d.example'] }],
    },
    implied: ['validation.wellKnownCACertificates', 'validation.subjectAltNames[].type'],
  },
]

export const configMapFields: FieldCase[] = [
  {
    spec: { data: { 'ca.crt': cert }, binaryData: { other: '' }, immutable: true },
    metadata: { name: 'authority' },
    others: [backendTlsPolicy('books', backendTls())],
    ...begun,
    is: { sni: 'books.example', ca: true, endpoints: 3 },
    changed: { 'data.*': [{ 'ca.crt': 'other' }, { ...plain, endpoints: 0 }] },
    ignored: ['binaryData.*', 'immutable'],
  },
]

export const referenceGrantFields: FieldCase[] = [
  {
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
      to: [{ group: '', kind: 'Service', name: 'never' }],
    },
    metadata: { namespace: 'shop' },
    others: [front, toShop],
    ...atGateway,
    is: 500,
    removed: { 'to[].name': 'stock.shop.svc.cluster.local' },
  },
  {
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
      to: [{ group: '', kind: 'Service' }],
    },
    metadata: { namespace: 'shop' },
    others: [front, toShop],
    ...atGateway,
    is: 'stock.shop.svc.cluster.local',
    changed: {
      'from[].group': ['other', 500],
      'from[].kind': ['Gateway', 500],
      'from[].namespace': ['other', 500],
      'to[].group': ['other', 500],
      'to[].kind': ['Secret', 500],
    },
  },
]

const usingIt = (name: string) =>
  gatewayApiGateway('door', gatewayOf(listener({ port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name }] } })))
const data = (text: string) => Buffer.from(text).toString('base64')

export const secretFields: FieldCase[] = [
  {
    spec: { type: 'Opaque', immutable: true, data: { 'tls.crt': data(cert), 'tls.key': data(key) } },
    others: [usingIt('subject')],
    ...shown,
    is: 1,
    removed: { 'data.*': 0 },
    ignored: ['immutable'],
  },
  {
    spec: { stringData: { 'tls.crt': cert, 'tls.key': key } },
    others: [usingIt('subject')],
    ...shown,
    is: 1,
    removed: { 'stringData.*': 0 },
  },
  {
    spec: { type: 'kubernetes.io/tls', data: { 'tls.crt': data(cert) } },
    ...shown,
    is: 'refused: rules.yaml#1 Secret default/subject data[tls.key]: is missing (type is kubernetes.io/tls)',
    removed: { type: undefined },
  },
]

export const namespaceFields: FieldCase[] = [
  { spec: { finalizers: ['kubernetes'] }, see: (set) => goal(set), is: 'reviews', ignored: ['finalizers[]'] },
]
