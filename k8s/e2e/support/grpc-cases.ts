/** Rules for gRPC made by chance but repeatable, and calls that may meet them: what a real Envoy and the local mesh are both asked. */
import fc from 'fast-check'
import type { Order } from './two-meshes.ts'

export const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)

const service = 'bookinfo.v1.Probe'
const versions = one('v1', 'v2', 'v3')

/** Weights in between are a matter of chance, and of other tests. */
export const split = <To extends object>(destination: fc.Arbitrary<To>) =>
  fc.tuple(destination, destination, fc.boolean()).map(([first, second, flip]) => [
    { ...first, weight: flip ? 0 : 100 },
    { ...second, weight: flip ? 100 : 0 },
  ])

// VirtualService

const uri = fc.oneof(
  one(`/${service}/Echo`, `/${service}/EchoServerStream`, `/${service}`).map((exact) => ({ exact })),
  one(`/${service}/`, `/${service}/Echo`, '/bookinfo.v1.Details/', '/BOOKINFO').map((prefix) => ({ prefix })),
  one('/bookinfo\\.v1\\..*/Echo', '/.*Stream', '.*Health/.*').map((regex) => ({ regex })),
)
const text = fc.oneof(
  one('1', '2', 'jason').map((exact) => ({ exact })),
  one('1', 'ja', 'J').map((prefix) => ({ prefix })),
  one('[0-9]+', 'j.*', '1|2').map((regex) => ({ regex })),
)
const metadata = fc.dictionary(one('x-a', 'end-user'), text, { minKeys: 1, maxKeys: 2 })
const match = fc.oneof(
  uri.map((each) => ({ uri: each })),
  metadata.map((headers) => ({ headers })),
  metadata.map((withoutHeaders) => ({ withoutHeaders })),
  fc.record({ uri, headers: metadata }),
  fc.record({ uri, method: one('POST', 'GET').map((exact) => ({ exact })) }),
)
const toSubset = fc.oneof(
  { weight: 6, arbitrary: versions.map((subset) => ({ host: 'reviews', port: { number: 9081 }, subset })) },
  { weight: 3, arbitrary: one('details', 'ratings').map((host) => ({ host, port: { number: 9081 } })) },
  // No pod has it.
  { weight: 1, arbitrary: fc.constant({ host: 'reviews', port: { number: 9081 }, subset: 'v9' }) },
)
const operations = fc.record(
  { set: fc.constant({ 'x-set': 'by rule', 'x-a': 'set' }), add: fc.constant({ 'x-add': 'by rule' }), remove: one(['end-user'], ['x-a']) },
  { requiredKeys: [] },
)
const abort = fc.oneof(
  {
    weight: 3,
    arbitrary: one('RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'PERMISSION_DENIED', 'OK', 'NOT_FOUND').map((grpcStatus) => ({ grpcStatus })),
  },
  { weight: 1, arbitrary: one(503, 404, 429, 555, 401).map((httpStatus) => ({ httpStatus })) },
)
const forward = fc.record(
  {
    route: fc.oneof(
      toSubset.map((destination) => [{ destination }]),
      split(toSubset.map((destination) => ({ destination }))),
    ),
    headers: fc.record({ request: operations, response: operations }, { requiredKeys: [] }),
    rewrite: fc.constant({ authority: 'rewritten.example' }),
    fault: fc.tuple(abort, one(100, 100, 0)).map(([what, value]) => ({ abort: { ...what, percentage: { value } } })),
    retries: fc.constant({ attempts: 0 }),
  },
  { requiredKeys: ['route', 'retries'] },
)
const answer = fc.oneof(
  one<object>({ status: 418, body: { string: 'short and stout' } }, { status: 503 }, { status: 404 }, { status: 200 }).map(
    (directResponse) => ({ directResponse }),
  ),
  one<object>({ uri: '/moved' }, { authority: 'other.example', redirectCode: 308 }).map((redirect) => ({ redirect })),
)
const http = fc
  .tuple(
    fc.option(fc.array(match, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 4 }),
    fc.oneof({ weight: 7, arbitrary: forward }, { weight: 2, arbitrary: answer }),
  )
  .map(([blocks, action]) => ({ ...(blocks && { match: blocks }), ...action }))

/** `http` of a VirtualService. A rule without a match hides what follows it, which Istio refuses. */
export const httpRules = fc.array(http, { minLength: 2, maxLength: 4 }).map((list) => {
  const last = list.findIndex((rule) => !('match' in rule))
  return last < 0 ? list : list.slice(0, last + 1)
})

// GRPCRoute

const method = fc.oneof(
  one<object>(
    { service },
    { service, method: 'Echo' },
    { method: 'Echo' },
    { service: 'bookinfo.v1.Details' },
    { service, method: 'EchoServerStream' },
  ),
  one<object>(
    { service: 'bookinfo.*Probe', method: 'Echo' },
    { method: 'Echo.*' },
    { service: '.*Probe' },
    { service: '.*', method: '.*Stream' },
  ).map((each) => ({ type: 'RegularExpression', ...each })),
)
const header = fc.oneof(
  fc.record({ name: one('x-a', 'end-user'), value: one('1', '2', 'jason') }),
  fc.record({ name: one('x-a', 'end-user'), value: one('[0-9]+', 'j.*', '1|2'), type: fc.constant('RegularExpression') }),
)
const grpcMatch = fc.oneof(
  method.map((each) => ({ method: each })),
  header.map((each) => ({ headers: [each] })),
  fc.record({ method, headers: header.map((each) => [each]) }),
)
const toService = fc.oneof(
  { weight: 8, arbitrary: one('reviews-v1', 'reviews-v2', 'reviews-v3', 'details', 'ratings').map((name) => ({ name, port: 9081 })) },
  { weight: 1, arbitrary: fc.constant({ name: 'missing', port: 9081 }) },
)
const changes = fc
  .record(
    {
      set: fc.constant([
        { name: 'x-set', value: 'by rule' },
        { name: 'x-a', value: 'set' },
      ]),
      add: fc.constant([{ name: 'x-add', value: 'by rule' }]),
      remove: one(['end-user'], ['x-a']),
    },
    { requiredKeys: [] },
  )
  .filter((each) => Object.keys(each).length > 0)
const filters = fc.oneof(
  changes.map((requestHeaderModifier) => [{ type: 'RequestHeaderModifier', requestHeaderModifier }]),
  changes.map((responseHeaderModifier) => [{ type: 'ResponseHeaderModifier', responseHeaderModifier }]),
)
const backendRefs = fc.oneof(
  { weight: 5, arbitrary: toService.map((each) => [each]) },
  { weight: 4, arbitrary: split(toService) },
  { weight: 1, arbitrary: fc.constant([]) },
)

type GrpcMatch = { method?: { type?: string; service?: string } }

/** Matches that Istio has a regular expression for. Which of two goes first it decides by their length, and the Gateway API by that of the service. */
const patterns = (rules: { matches?: GrpcMatch[] }[]) =>
  rules.flatMap(({ matches = [] }) => matches).filter(({ method: asked }) => asked && (asked.type ?? asked.service === undefined)).length

/** `rules` of a GRPCRoute. */
export const grpcRules = fc
  .array(
    fc.record({ matches: fc.array(grpcMatch, { minLength: 1, maxLength: 2 }), filters, backendRefs }, { requiredKeys: ['backendRefs'] }),
    { minLength: 1, maxLength: 3 },
  )
  .filter((rules) => patterns(rules as { matches?: GrpcMatch[] }[]) <= 1)

/** A call; the host, and with it the port, is that of the rule. */
export const grpcCall = fc
  .record({
    path: one(
      `/${service}/Echo`,
      `/${service}/Echo`,
      `/${service}/Echo`,
      `/${service}/EchoServerStream`,
      '/bookinfo.v1.Details/GetDetails',
      '/grpc.health.v1.Health/Check',
    ),
    headers: fc.record({ 'x-a': one('1', '2', '12', 'a'), 'end-user': one('jason', 'Jason', 'mary') }, { requiredKeys: [] }),
    message: one({}, {}, {}, { status: 5, message: 'not here, 100 %' }, { status: 8 }, { count: 2 }),
  })
  .map(({ path, headers, message }) => ({ path, headers, body: JSON.stringify(path.includes('Probe') ? message : {}) }))

export type GrpcCall = typeof grpcCall extends fc.Arbitrary<infer T> ? T : never

export const grpcOrder = (authority: string, { path, headers, body }: GrpcCall): Order => ({
  url: `grpc://${authority}${path}`,
  headers,
  body,
})
