import { describe, expect, test } from 'vitest'
import { authorize } from '../src/policy/authorize.ts'
import type { Caller, Verdict, Workload } from '../src/model/decision.ts'
import { authorizationPolicy, ingress, peerAuthentication, productpage, request, rules, type Ask } from './support.ts'

const reviews: Workload = { name: 'reviews-v1', namespace: 'default', labels: { app: 'reviews', version: 'v1' }, port: 9080 }
const { principal: _, ...plaintext } = productpage
const verdict = (set: ReturnType<typeof rules>, question: Ask & { at?: Workload } = {}): Promise<Verdict> =>
  authorize(set, request(question), question.from ?? productpage, question.at ?? reviews, 0)
const word = async (asked: Promise<Verdict>) => {
  const answer = await asked
  return answer.allow ? 'allow' : 'reset' in answer ? 'reset' : answer.status
}
const peer = (spec: Record<string, unknown>, namespace = 'default', name = 'peer') => peerAuthentication(name, spec, { namespace })
const strict = { mtls: { mode: 'STRICT' } }
const off = { mtls: { mode: 'DISABLE' } }
const select = { selector: { matchLabels: { app: 'reviews' } } }

test('without policies everything is allowed, plain text too', async () => {
  expect(await word(verdict(rules(), { from: plaintext }))).toBe('allow')
})

test.each([
  ['STRICT for the namespace', [peer(strict)], 'reset'],
  ['PERMISSIVE', [peer({ mtls: { mode: 'PERMISSIVE' } })], 'allow'],
  ['STRICT for the mesh', [peer(strict, 'istio-system')], 'reset'],
  ['STRICT for another namespace', [peer(strict, 'shop')], 'allow'],
  ['STRICT for the workload', [peer({ ...select, ...strict })], 'reset'],
  ['STRICT for another workload', [peer({ selector: { matchLabels: { app: 'ratings' } }, ...strict })], 'allow'],
  ['the workload before the namespace', [peer(strict), peer({ ...select, mtls: { mode: 'PERMISSIVE' } }, 'default', 'own')], 'allow'],
  ['UNSET, which is inherited', [peer(strict, 'istio-system'), peer({ mtls: { mode: 'UNSET' } })], 'reset'],
  ['portLevelMtls', [peer({ ...select, ...strict, portLevelMtls: { 9080: { mode: 'PERMISSIVE' } } })], 'allow'],
  ['portLevelMtls of another port', [peer({ ...select, ...strict, portLevelMtls: { 80: { mode: 'PERMISSIVE' } } })], 'reset'],
  ['the older of two', [peer(strict, 'default', 'a'), peer({ mtls: { mode: 'PERMISSIVE' } }, 'default', 'b')], 'reset'],
])('plain text meets %s', async (_name, policies, expected) => {
  expect(await word(verdict(rules(...policies), { from: plaintext }))).toBe(expected)
})

test('mTLS meets STRICT', async () => {
  expect(await word(verdict(rules(peer(strict))))).toBe('allow')
})

test('what comes in at the gateway may be plain, whatever the mesh says', async () => {
  const door: Workload = { name: 'istio-ingressgateway', namespace: 'istio-system', labels: { istio: 'ingressgateway' }, port: 80 }
  expect(await word(verdict(rules(peer(strict, 'istio-system')), { from: plaintext, at: door }))).toBe('allow')
})

test('DISABLE takes the identity away', async () => {
  const policy = authorizationPolicy('p', { rules: [{ from: [{ source: { principals: ['*'] } }] }] })
  expect(await word(verdict(rules(peer(off), policy)))).toBe(403)
})

test.each([
  ['mTLS', productpage, [], { principal: 'cluster.local/ns/default/sa/bookinfo-reviews' }, true],
  ['plain text', plaintext, [], { principal: 'cluster.local/ns/default/sa/bookinfo-reviews' }, false],
  ['DISABLE', productpage, [peer(off)], { principal: 'cluster.local/ns/default/sa/bookinfo-reviews' }, false],
  ['a workload without a sidecar', productpage, [], {}, false],
])('by %s the workload receives the identity of the caller: %#', async (_name, from, policies, own, reported) => {
  const answer = await verdict(rules(...policies), { from, at: { ...reviews, ...own } })
  const certificate =
    'By=spiffe://cluster.local/ns/default/sa/bookinfo-reviews;Subject="";URI=spiffe://cluster.local/ns/default/sa/bookinfo-productpage'
  expect(answer).toMatchObject({ allow: true, requestHeaders: { set: reported ? [['x-forwarded-client-cert', certificate]] : [] } })
})

test('a denied request is answered as Envoy does', async () => {
  expect(await verdict(rules(authorizationPolicy('deny-all', {})))).toEqual({
    allow: false,
    status: 403,
    body: 'RBAC: access denied',
    headers: [['content-type', 'text/plain']],
    flags: [],
    steps: [{ rule: 'rules.yaml#1 AuthorizationPolicy default/deny-all', fact: { kind: 'access', allow: false, by: 'none' } }],
  })
})

const allowed = async (rule: unknown, question: Ask = {}) =>
  (await word(verdict(rules(authorizationPolicy('p', { action: 'ALLOW', rules: [rule] })), question))) === 'allow'
const denied = async (rule: unknown, question: Ask = {}) =>
  (await word(verdict(rules(authorizationPolicy('p', { action: 'DENY', rules: [rule] })), question))) === 403
const other: Caller = { ...productpage, principal: 'cluster.local/ns/shop/sa/intruder', remoteIp: '192.168.1.1' }
const source = (value: unknown) => ({ from: [{ source: value }] })
const operation = (value: unknown) => ({ to: [{ operation: value }] })
const when = (key: string, value: unknown) => ({ when: [{ key, ...(value as object) }] })

const conditions: [string, unknown, Ask, Ask][] = [
  ['principals', source({ principals: ['cluster.local/ns/default/sa/bookinfo-productpage'] }), {}, { from: other }],
  ['principals by prefix', source({ principals: ['cluster.local/ns/default/*'] }), {}, { from: other }],
  ['principals by suffix', source({ principals: ['*/sa/bookinfo-productpage'] }), {}, { from: other }],
  ['principals "*", any identity', source({ principals: ['*'] }), { from: other }, { from: plaintext }],
  ['notPrincipals', source({ notPrincipals: ['*/sa/intruder'] }), {}, { from: other }],
  ['namespaces', source({ namespaces: ['default'] }), {}, { from: other }],
  ['notNamespaces', source({ notNamespaces: ['shop'] }), {}, { from: other }],
  ['serviceAccounts', source({ serviceAccounts: ['default/bookinfo-productpage'] }), {}, { from: other }],
  ['serviceAccounts without namespace', source({ serviceAccounts: ['bookinfo-productpage'] }), {}, { from: other }],
  ['notServiceAccounts', source({ notServiceAccounts: ['shop/intruder'] }), {}, { from: other }],
  ['ipBlocks', source({ ipBlocks: ['10.0.0.0/8'] }), {}, { from: other }],
  ['notIpBlocks', source({ notIpBlocks: ['192.168.1.1'] }), {}, { from: other }],
  ['remoteIpBlocks', source({ remoteIpBlocks: ['10.0.0.7/32'] }), {}, { from: other }],
  ['notRemoteIpBlocks', source({ notRemoteIpBlocks: ['192.168.0.0/16'] }), {}, { from: other }],
  [
    'all parts of a source',
    source({ namespaces: ['default'], ipBlocks: ['10.0.0.0/8'] }),
    {},
    { from: { ...productpage, remoteIp: '11.0.0.1' } },
  ],
  ['when connection.sni', when('connection.sni', { values: ['one.example'] }), { sni: 'one.example' }, { sni: 'other.example' }],
  ['hosts, whatever the case', operation({ hosts: ['REVIEWS*'] }), {}, { authority: 'details' }],
  ['notHosts', operation({ notHosts: ['details'] }), {}, { authority: 'details' }],
  ['ports', operation({ ports: ['9080'] }), {}, { path: '/', from: { ...other } }],
  ['methods', operation({ methods: ['GET'] }), {}, { method: 'POST' }],
  ['notMethods', operation({ notMethods: ['POST'] }), {}, { method: 'POST' }],
  ['paths', operation({ paths: ['/reviews/0'] }), { path: '/reviews/0?x=1' }, { path: '/reviews/1' }],
  ['paths by prefix', operation({ paths: ['/reviews/*'] }), {}, { path: '/admin' }],
  ['paths by suffix', operation({ paths: ['*/0'] }), {}, { path: '/reviews/1' }],
  ['paths with {*}', operation({ paths: ['/reviews/{*}/x'] }), { path: '/reviews/5/x' }, { path: '/reviews/5/6/x' }],
  ['paths with {**}', operation({ paths: ['/reviews/{**}'] }), { path: '/reviews/5/6' }, { path: '/ratings' }],
  ['notPaths', operation({ notPaths: ['/admin'] }), {}, { path: '/admin' }],
  [
    'when request.headers',
    when('request.headers[X-Token]', { values: ['a*'] }),
    { headers: { 'x-token': 'abc' } },
    { headers: { 'x-token': 'b' } },
  ],
  ['when with notValues', when('request.headers[x-token]', { notValues: ['evil'] }), {}, { headers: { 'x-token': 'evil' } }],
  ['when source.ip', when('source.ip', { values: ['10.0.0.0/24'] }), {}, { from: other }],
  ['when remote.ip', when('remote.ip', { values: ['10.0.0.0/24'] }), {}, { from: other }],
  ['when source.namespace', when('source.namespace', { values: ['default'] }), {}, { from: other }],
  ['when source.principal', when('source.principal', { values: ['*productpage'] }), {}, { from: other }],
  ['when source.serviceAccount', when('source.serviceAccount', { values: ['default/bookinfo-productpage'] }), {}, { from: other }],
]

describe('ALLOW by', () => {
  test.each(conditions)('%s takes what fits', async (_name, rule, fits) => {
    expect(await allowed(rule, fits)).toBe(true)
  })

  test.each(conditions.filter(([name]) => name !== 'ports'))('%s denies what does not', async (_name, rule, _fits, others) => {
    expect(await allowed(rule, others)).toBe(false)
  })
})

describe('DENY by', () => {
  test.each(conditions)('%s denies what fits', async (_name, rule, fits) => {
    expect(await denied(rule, fits)).toBe(true)
  })
})

const atPort = (rule: unknown, port: number) =>
  word(verdict(rules(authorizationPolicy('p', { rules: [rule] })), { at: { ...reviews, port } }))

test.each([
  ['ports', operation({ ports: ['80'] }), 80, 9080],
  ['notPorts', operation({ notPorts: ['9080'] }), 80, 9080],
  ['when destination.port', when('destination.port', { values: ['80'] }), 80, 9080],
])('%s is about the port of the workload', async (_name, rule, yes, no) => {
  expect([await atPort(rule, yes), await atPort(rule, no)]).toEqual(['allow', 403])
})

test('a rule needs from, to and when together', async () => {
  const rule = {
    ...source({ namespaces: ['default'] }),
    ...operation({ methods: ['GET'] }),
    ...when('request.headers[a]', { values: ['1'] }),
  }
  expect([
    await allowed(rule, { headers: { a: '1' } }),
    await allowed(rule),
    await allowed(rule, { headers: { a: '1' }, method: 'PUT' }),
  ]).toEqual([true, false, false])
})

test('DENY goes before ALLOW', async () => {
  const set = rules(
    authorizationPolicy('all', { rules: [{}] }),
    authorizationPolicy('none', { action: 'DENY', rules: [operation({ methods: ['GET'] })] }),
  )
  expect([await word(verdict(set)), await word(verdict(set, { method: 'POST' }))]).toEqual([403, 'allow'])
})

test('one ALLOW of several is enough', async () => {
  const set = rules(
    authorizationPolicy('a', { rules: [operation({ methods: ['PUT'] })] }),
    authorizationPolicy('b', { rules: [operation({ methods: ['GET'] })] }),
  )
  expect(await word(verdict(set))).toBe('allow')
})

test.each([
  ['its own workloads', { selector: { matchLabels: { app: 'reviews' } } }, 'default', 403],
  ['other workloads', { selector: { matchLabels: { app: 'ratings' } } }, 'default', 'allow'],
  ['its namespace', {}, 'default', 403],
  ['another namespace', {}, 'shop', 'allow'],
  ['the root namespace, which is the mesh', {}, 'istio-system', 403],
])('a policy for %s', async (_name, spec, namespace, expected) => {
  expect(await word(verdict(rules(authorizationPolicy('p', spec, { namespace }))))).toBe(expected)
})

test.each([['targetRef'], ['targetRefs']])('%s names a gateway of the Gateway API', async (field) => {
  const ref = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'door' }
  const set = rules(authorizationPolicy('p', { [field]: field === 'targetRefs' ? [ref] : ref }))
  const by = (namespace: string, name: string): Workload => ({ ...reviews, entered: { namespace, name } })
  const asked = [reviews, by('default', 'door'), by('default', 'other'), by('shop', 'door')]
  const words = await Promise.all(asked.map((at) => word(verdict(set, { at }))))
  expect(words).toEqual(['allow', 403, 'allow', 'allow'])
})

test('the ingress gateway has an identity like any caller', async () => {
  const rule = source({ principals: ['cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account'] })
  expect([await allowed(rule, { from: ingress }), await allowed(rule)]).toEqual([true, false])
})

test('a header of a name that every object has is none until it is sent', async () => {
  const rule = when('request.headers[constructor]', { values: ['x'] })
  expect([await allowed(rule), await allowed(rule, { headers: { constructor: 'x' } })]).toEqual([false, true])
})

const tried = (name: string, spec: Record<string, unknown>) =>
  authorizationPolicy(name, spec, { annotations: { 'istio.io/dry-run': 'true' } })
const headersPath = { rules: [{ to: [{ operation: { paths: ['/headers'] } }] }] }

test.each([
  ['DENY that strikes', { action: 'DENY', ...headersPath }, '/headers', 'deny', 'denied', true],
  ['DENY that does not', { action: 'DENY', ...headersPath }, '/other', 'deny', 'allowed', false],
  ['ALLOW that lets in', { action: 'ALLOW', ...headersPath }, '/headers', 'allow', 'allowed', true],
  ['ALLOW that does not', { action: 'ALLOW', ...headersPath }, '/other', 'allow', 'denied', false],
])('a dry-run policy changes nothing, and its result is reported: %s', async (_name, spec, path, kind, result, named) => {
  const answer = await verdict(rules(tried('try', spec)), { path })
  expect(answer).toMatchObject({
    allow: true,
    dryRun: {
      ...(named && { [`istio.authorization.dry_run.${kind}_policy.name`]: 'ns[default]-policy[try]-rule[0]' }),
      [`istio.authorization.dry_run.${kind}_policy.result`]: result,
    },
  })
  expect(answer.steps[0]?.fact).toMatchObject({ kind: 'access', dryRun: true })
})

test('a dry-run policy works together with enforced ones', async () => {
  const set = rules(tried('try', { action: 'DENY', ...headersPath }), authorizationPolicy('nothing', {}))
  expect(await verdict(set, { path: '/headers' })).toMatchObject({
    status: 403,
    dryRun: { 'istio.authorization.dry_run.deny_policy.result': 'denied' },
  })
  expect(await verdict(set, { path: '/headers', at: { ...reviews, namespace: 'shop' } })).toMatchObject({ allow: true, dryRun: {} })
})
