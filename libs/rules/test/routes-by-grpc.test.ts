/** GRPCRoute, and what rules say of gRPC elsewhere: deadlines, aborts, protocols of clusters. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GatewayRoute } from '../src/compile/route-parts.ts'
import { grpcCodeOf, grpcCodes, grpcTimeout, grpcTimeoutMs, statusOfGrpc } from '../src/model/grpc.ts'
import { routeStatus } from '../src/status/gateway-status.ts'
import {
  answered,
  atDoor,
  bookinfo,
  compiled,
  destinationRule,
  gatewayApiGateway,
  goal,
  grpcRoute,
  header,
  httpRoute,
  rules,
  rulesFor,
  sent,
  virtualService,
  type Ask,
} from './support.ts'

const door = gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] })
const to = (name: string, ...matches: unknown[]) => ({ backendRefs: [{ name, port: 9080 }], ...(matches.length > 0 && { matches }) })
const atGateway = (name: string, ruleList: unknown[], more: Record<string, unknown> = {}) =>
  grpcRoute(name, { parentRefs: [{ name: 'door' }], rules: ruleList, ...more })
const reviews = { group: '', kind: 'Service', name: 'reviews' }
const forService = (ruleList: unknown[], parent: Record<string, unknown> = {}) =>
  grpcRoute('g', { parentRefs: [{ ...reviews, ...parent }], rules: ruleList })
const httpForService = (ruleList: unknown[], parent: Record<string, unknown> = {}) =>
  httpRoute('h', { parentRefs: [{ ...reviews, ...parent }], rules: ruleList })
const grpc = (path: string, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/grpc', ...headers },
})

const method = (service?: string, name?: string, type?: string) => ({
  method: { ...(service && { service }), ...(name && { method: name }), ...(type && { type }) },
})

test.each<[string, unknown, string, string]>([
  ['service and method', method('a.B', 'Get'), '/a.B/Get', '/a.B/GetAll'],
  ['a service', method('a.B'), '/a.B/Get', '/a.BC/Get'],
  ['a method of any service', method(undefined, 'Get'), '/x.Y/Get', '/x.Y/GetAll'],
  ['patterns of both', method('a\\..*', 'Get|List', 'RegularExpression'), '/a.B/Get', '/ab/Get'],
  ['a pattern of services', method('a.*', undefined, 'RegularExpression'), '/abc/Any', '/b/Any'],
  ['a pattern of methods', method(undefined, 'G.t', 'RegularExpression'), '/x/Get', '/x/Gett'],
])('a match on %s', (_, match, fits, other) => {
  const set = rules(door, atGateway('g', [to('details', match)]))
  expect([goal(set, atDoor(grpc(fits))), goal(set, atDoor(grpc(other)))]).toEqual(['details', 404])
})

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z_0-9]{0,8}$/)
const serviceName = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))

test('an exact match takes its service and method, and no other', () => {
  fc.assert(
    fc.property(serviceName, name, serviceName, name, (service, wanted, other, otherMethod) => {
      const set = rules(door, atGateway('g', [to('details', method(service, wanted))]))
      const same = service === other && wanted === otherMethod
      expect(goal(set, atDoor(grpc(`/${service}/${wanted}`)))).toBe('details')
      expect(goal(set, atDoor(grpc(`/${other}/${otherMethod}`)))).toBe(same ? 'details' : 404)
    }),
    { numRuns: 50 },
  )
})

/** Matches of `/aa.Bb/Get` with header a=1, most specific first: characters of the service, of the method, headers. */
const ordered = [
  { ...method('aa.Bb', 'Get'), headers: [{ name: 'a', value: '1' }] },
  method('aa.Bb', 'Get'),
  method('aa.Bb', 'G.*', 'RegularExpression'),
  { ...method('aa.Bb'), headers: [{ name: 'a', value: '1' }] },
  method('aa.Bb'),
  method('a.*', 'Get', 'RegularExpression'),
  method(undefined, 'Get'),
  { headers: [{ name: 'a', value: '1' }] },
  {},
]
// 'G.*' has as many characters as 'Get': the first of them wins.
const place = (index: number) => (index === 2 ? 1 : index)

test('of the routes that match, the most specific one takes the call, whatever their order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(ordered.length - 1), { minLength: 1, selector: place }), (picked) => {
      const set = rules(door, ...picked.map((index) => atGateway(`r${index}`, [{ ...to('details', ordered[index]), name: `m${index}` }])))
      const best = picked.toSorted((a, b) => a - b)[0]
      expect(sent(set, atDoor(grpc('/aa.Bb/Get', { a: '1' }))).routeName).toBe(`m${best}`)
    }),
    { numRuns: 60 },
  )
})

test('of equals the older route, and of one route the first rule', () => {
  const match = method('a.B')
  const set = rules(door, atGateway('z', [to('details', match), to('ratings', match)]), atGateway('a', [to('ratings', match)]))
  expect(goal(set, atDoor(grpc('/a.B/C')))).toBe('details')
})

test('a backend that does not exist, and none at all, are answered UNAVAILABLE', () => {
  const [missing, none] = [rules(door, atGateway('g', [to('nothing')])), rules(door, atGateway('g', [{ matches: [{}] }]))]
  const codes = [missing, none].map((set) => grpcCodeOf(answered(set, atDoor(grpc('/a.B/C'))).status))
  expect(codes).toEqual([grpcCodes.UNAVAILABLE, grpcCodes.UNAVAILABLE])
  expect(none.warnings.map(({ message }) => message)).toEqual(['it has no backendRefs: requests that match are answered with UNAVAILABLE'])
})

const statusOf = (kind: string, ...manifests: Parameters<typeof compiled>) => {
  const { set, objects } = compiled(...manifests)
  const { parents } = routeStatus(objects.find((each) => each.kind === kind) as GatewayRoute, set)
  const accepted = parents[0]!.conditions.find(({ type }) => type === 'Accepted')!
  return { set, is: `${accepted.status} ${accepted.reason}`, message: accepted.message }
}

describe('with an HTTPRoute at the same listener', () => {
  const http = httpRoute('h', { parentRefs: [{ name: 'door' }], hostnames: ['*.example'], rules: [to('ratings')] })
  const own = atGateway('g', [to('details')], { hostnames: ['bookinfo.example'] })

  test('and host, the older one is taken, and the other one has a status and a warning', () => {
    const { set, is, message } = statusOf('GRPCRoute', door, http, own)
    expect(is).toBe('False Conflicted')
    expect(message).toBe('HTTPRoute default/h is older and has the same hosts there, and a listener has only one kind of route for a host')
    expect(set.warnings.map((each) => each.message)).toEqual([`${message}: the route gets no requests there`])
    expect(goal(set, atDoor(grpc('/a.B/C')))).toBe('ratings')
    expect(statusOf('HTTPRoute', door, own, http).is).toBe('False Conflicted')
    expect(goal(rules(door, own, http), atDoor(grpc('/a.B/C')))).toBe('details')
  })

  test('of other hosts, both are', () => {
    const other = atGateway('g', [to('details')], { hostnames: ['grpc.test'] })
    expect(statusOf('GRPCRoute', door, http, other).is).toBe('True Accepted')
    const set = rules(door, http, other)
    expect([goal(set, atDoor({ authority: 'grpc.test' })), goal(set, atDoor())]).toEqual(['details', 'ratings'])
  })

  test('a listener says which kinds it takes', () => {
    const only = gatewayApiGateway('door', {
      gatewayClassName: 'istio',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } }],
    })
    expect(statusOf('GRPCRoute', only, own)).toMatchObject({
      is: 'False NotAllowedByListeners',
      message: 'no listener of Gateway default/door that it names takes GRPCRoutes of namespace default',
    })
  })
})

describe('with an HTTPRoute of the same Service', () => {
  const two = {
    ...bookinfo,
    services: bookinfo.services.map((each) =>
      each.name === 'reviews' ? { ...each, ports: [...each.ports, { number: 9081, name: 'grpc', protocol: 'GRPC' }] } : each,
    ),
  }

  test('the GRPCRoute holds, whichever is older', () => {
    const [g, h] = [forService([to('details')]), httpForService([to('ratings')])]
    expect([goal(rules(g, h), grpc('/a.B/C')), goal(rules(h, g), grpc('/a.B/C'))]).toEqual(['details', 'details'])
    expect(statusOf('HTTPRoute', h, g)).toMatchObject({
      is: 'False Conflicted',
      message: 'reviews has a GRPCRoute, which goes before HTTPRoutes',
    })
  })

  test('of one port, the HTTPRoute has the others', () => {
    const set = rulesFor({ inventory: two }, forService([to('details')], { port: 9081 }), httpForService([to('ratings')]))
    expect([goal(set, { port: 9081, ...grpc('/a.B/C') }), goal(set, { port: 9080 })]).toEqual(['details', 'ratings'])
    expect(set.warnings).toEqual([])
  })

  test('a port has the protocol of its cluster', () => {
    const set = rulesFor({ inventory: two })
    const protocolAt = (port: number) => sent(set, { port, authority: `reviews:${port}` }).cluster.protocol
    expect([protocolAt(9080), protocolAt(9081)]).toEqual([undefined, 'HTTP2'])
  })
})

test("useClientProtocol goes before a port's protocol and an upgrade", () => {
  const http = { useClientProtocol: true, h2UpgradePolicy: 'UPGRADE' }
  expect(sent(rules(destinationRule('r', { host: 'reviews', trafficPolicy: { connectionPool: { http } } }))).cluster.protocol).toBe(
    'AS_CLIENT',
  )
})

describe("a client's deadline", () => {
  const limit = (timeout: string | undefined, headers: Record<string, string>, type = 'application/grpc+proto', more = {}) => {
    const http = [{ route: [{ destination: { host: 'ratings' } }], ...(timeout && { timeout }), ...more }]
    const { timeoutMs, requestHeaders } = sent(rules(virtualService('r', { hosts: ['reviews'], http })), {
      headers: { 'content-type': type, ...headers },
    })
    return [timeoutMs, header(requestHeaders.set, 'grpc-timeout')]
  }

  test('holds when it is shorter than the limit of the rule, or the rule has none', () => {
    expect(limit('5s', { 'grpc-timeout': '2S' })).toEqual([2000, undefined])
    expect(limit(undefined, { 'grpc-timeout': '300m' })).toEqual([300, undefined])
  })

  test('is the limit of the rule when that is shorter, for the server as well', () => {
    expect(limit('1s', { 'grpc-timeout': '1M' })).toEqual([1000, '1000m'])
    expect(limit('1s', {})).toEqual([1000, '1000m'])
  })

  test('is that of a try for the server, when that is shorter', () => {
    const retries = { attempts: 2, perTryTimeout: '100ms', retryOn: 'unavailable' }
    expect(limit('1s', { 'grpc-timeout': '1M' }, 'application/grpc', { retries })).toEqual([1000, '100m'])
  })

  test('holds outside of gRPC too, but only a gRPC server learns the limit of the rule', () => {
    expect(limit(undefined, { 'grpc-timeout': '300m' }, 'application/json')).toEqual([300, undefined])
    expect(limit('1s', {}, 'application/grpc-web')).toEqual([1000, undefined])
  })

  test.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['1500u', 2],
    ['1n', 1],
    ['100000000m', 0],
    ['-1m', 0],
    ['1', 0],
    ['1h', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(grpcTimeoutMs({ 'grpc-timeout': [text] })).toBe(ms)
  })

  test('is written so that it is read again', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 99_999_999 }), (ms) => grpcTimeoutMs({ 'grpc-timeout': [grpcTimeout(ms)] }) === ms))
    expect(grpcTimeoutMs({ 'grpc-timeout': [grpcTimeout(123_456_789)] })).toBe(123_457_000)
  })
})

test('an abort by grpcStatus is a 200 for other clients', () => {
  const abort = { percentage: { value: 100 }, grpcStatus: 'RESOURCE_EXHAUSTED' }
  const http = [{ route: [{ destination: { host: 'ratings' } }], fault: { abort } }]
  expect(answered(rules(virtualService('r', { hosts: ['reviews'], http })))).toMatchObject({
    status: 200,
    grpcStatus: 8,
    body: 'fault filter abort',
    flags: ['FI'],
  })
})

test('codes and statuses stand for each other as Envoy has it', () => {
  expect(Object.values(grpcCodes).map(statusOfGrpc)).toEqual([
    200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
  ])
  expect([200, 400, 401, 403, 404, 426, 429, 500, 502, 503, 504].map(grpcCodeOf)).toEqual([2, 13, 16, 7, 12, 2, 14, 2, 14, 14, 14])
})
