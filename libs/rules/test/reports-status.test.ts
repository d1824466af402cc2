/** The status of Gateway API objects, by the reasons of the specification. */
import type { HttpRouteObject } from '../src/manifests/kinds/http-route.ts'
import type { GatewayApiObject } from '../src/manifests/kinds/gateway-api-gateway.ts'
import { beforeAll, expect, test } from 'vitest'
import { gatewayStatus, routeStatus, type Condition, type Reach } from '../src/status/gateway-status.ts'
import { certificateFor } from './certificates.ts'
import { compiled, gatewayApiGateway, httpRoute, namespaceObject, referenceGrant, secret } from './support.ts'

let pair: { cert: string; key: string }
beforeAll(async () => {
  pair = await certificateFor('one.example')
})

const listener = { name: 'http', port: 80, protocol: 'HTTP' }
const tls = (name: string, more: Record<string, unknown> = {}) => ({
  name: 'https',
  port: 443,
  protocol: 'HTTPS',
  tls: { certificateRefs: [{ name, ...more }] },
})
const door = (...listeners: Record<string, unknown>[]) => gatewayApiGateway('door', { gatewayClassName: 'istio', listeners })
const route = (parent: Record<string, unknown> = {}, more: Record<string, unknown> = {}, metadata = {}) =>
  httpRoute(
    'r',
    { parentRefs: [{ name: 'door', ...parent }], rules: [{ backendRefs: [{ name: 'reviews', port: 9080 }] }], ...more },
    metadata,
  )
const backend = (ref: Record<string, unknown>) => route({}, { rules: [{ backendRefs: [{ name: 'reviews', port: 9080, ...ref }] }] })
const shop = { namespace: 'shop' }

const open: Reach = {
  address: { type: 'IPAddress', value: '127.0.0.1' },
  at: ({ scheme, port, front }) => ({ url: `${scheme}://localhost:${front ? 8080 : port}` }),
}

const gatewayOf = (manifests: Parameters<typeof compiled>, reach = open) => {
  const { set, objects } = compiled(...manifests)
  return gatewayStatus(objects.find(({ kind }) => kind === 'Gateway') as GatewayApiObject, set, reach)
}
const routeOf = (...manifests: Parameters<typeof compiled>) => {
  const { set, objects } = compiled(...manifests)
  return routeStatus(objects.find(({ kind }) => kind === 'HTTPRoute') as HttpRouteObject, set)
}
const short = (conditions: readonly Condition[]) =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))

test('a Gateway that works', () => {
  expect(gatewayOf([door(listener), route()])).toEqual({
    addresses: [{ type: 'IPAddress', value: '127.0.0.1' }],
    conditions: [
      { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'every listener is valid' },
      { type: 'Programmed', status: 'True', reason: 'Programmed', message: '1 of 1 listeners can be reached' },
    ],
    listeners: [
      {
        name: 'http',
        supportedKinds: [
          { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
          { group: 'gateway.networking.k8s.io', kind: 'GRPCRoute' },
        ],
        attachedRoutes: 1,
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' },
          { type: 'Conflicted', status: 'False', reason: 'NoConflicts', message: '' },
          { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'reached at http://localhost:8080' },
          { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
        ],
      },
    ],
  })
})

test('a route counts once at a listener, and at each that takes it', () => {
  const two = httpRoute('r', { parentRefs: [{ name: 'door', sectionName: 'http' }, { name: 'door' }], rules: [] })
  const { listeners } = gatewayOf([door(listener, { ...listener, name: 'b', port: 81 }), two])
  expect(listeners.map(({ attachedRoutes }) => attachedRoutes)).toEqual([1, 1])
})

const works = 'True Accepted'
test.each([
  ['a Secret that is missing', [], {}, { ResolvedRefs: 'False InvalidCertificateRef', Programmed: 'False Invalid', Accepted: works }],
  ['a Secret without a grant', [], shop, { ResolvedRefs: 'False RefNotPermitted', Programmed: 'False Invalid', Accepted: works }],
])('a listener with %s', (_, more, where, expected) => {
  const { conditions, listeners } = gatewayOf([door(listener, tls('none', where)), ...more])
  expect(short(listeners[1]!.conditions)).toEqual({ ...expected, Conflicted: 'False NoConflicts' })
  expect(short(conditions)).toEqual({ Accepted: 'True ListenersNotValid', Programmed: 'True Programmed' })
})

test('a listener with its Secret', () => {
  const own = secret('own', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': pair.cert, 'tls.key': pair.key } })
  const { conditions, listeners } = gatewayOf([own, door(tls('own'))])
  expect([short(conditions), short(listeners[0]!.conditions).ResolvedRefs]).toEqual([
    { Accepted: works, Programmed: 'True Programmed' },
    'True ResolvedRefs',
  ])
})

test('listeners of two protocols on one port', () => {
  const { conditions, listeners } = gatewayOf([door(listener, { ...tls('none'), port: 80 })])
  for (const each of listeners)
    expect(short(each.conditions)).toMatchObject({
      Accepted: 'False ProtocolConflict',
      Conflicted: 'True ProtocolConflict',
      Programmed: 'False Invalid',
    })
  expect(short(conditions)).toEqual({ Accepted: 'False ListenersNotValid', Programmed: 'False Invalid' })
})

test.each([
  [
    'is taken',
    { problem: 'neither 81 nor a port soon after it is free' },
    'False PortUnavailable',
    'False Invalid',
    'True ListenersNotValid',
  ],
  ['opens', {}, works, 'False Pending', works],
])('a listener whose port %s', (_, at, accepted, programmed, ofGateway) => {
  const reach: Reach = { ...open, at: (place) => (place.front ? open.at(place) : at) }
  const { conditions, listeners } = gatewayOf([door(listener, { ...listener, name: 'b', port: 81 })], reach)
  expect(short(listeners[1]!.conditions)).toMatchObject({ Accepted: accepted, Programmed: programmed })
  expect(short(conditions)).toEqual({ Accepted: ofGateway, Programmed: 'True Programmed' })
})

test('a route that is taken', () => {
  expect(routeOf(door(listener), route({ sectionName: 'http' }))).toEqual({
    parents: [
      {
        parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'door', sectionName: 'http' },
        controllerName: 'bookinfo.example/local-mesh',
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'taken by http' },
          { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
        ],
      },
    ],
  })
})

test.each([
  ['a Gateway that does not exist', [], route(), 'NoMatchingParent'],
  ['a listener that does not exist', [door(listener)], route({ sectionName: 'x' }), 'NoMatchingParent'],
  ['a port that no listener has', [door(listener)], route({ port: 81 }), 'NoMatchingParent'],
  ['a namespace that is kept out', [door(listener)], route({ namespace: 'default' }, {}, shop), 'NotAllowedByListeners'],
  [
    'a namespace without the label',
    [
      namespaceObject('shop'),
      door({ ...listener, allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } } }),
    ],
    route({ namespace: 'default' }, {}, shop),
    'NotAllowedByListeners',
  ],
  [
    'hostnames that do not meet',
    [door({ ...listener, hostname: 'a.example' })],
    route({}, { hostnames: ['b.example'] }),
    'NoMatchingListenerHostname',
  ],
  ['a Service that does not exist', [], route({ group: '', kind: 'Service', name: 'nothing' }), 'NoMatchingParent'],
  ['a port that the Service does not have', [], route({ group: '', kind: 'Service', name: 'reviews', port: 81 }), 'NoMatchingParent'],
])('a route with %s is not accepted', (_, others, own, reason) => {
  expect(short(routeOf(...others, own).parents[0]!.conditions).Accepted).toBe(`False ${reason}`)
})

test.each([
  ['a backend that does not exist', backend({ name: 'nothing' }), 'BackendNotFound'],
  ['a backend of weight 0 that does not exist', backend({ name: 'nothing', weight: 0 }), 'BackendNotFound'],
  ['a port that the backend does not have', backend({ port: 81 }), 'BackendNotFound'],
  ['a backend without a grant', backend({ name: 'stock', namespace: 'shop' }), 'RefNotPermitted'],
  [
    'a mirror that does not exist',
    route(
      {},
      {
        rules: [
          {
            filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'nothing', port: 9080 } } }],
            backendRefs: [{ name: 'reviews', port: 9080 }],
          },
        ],
      },
    ),
    'BackendNotFound',
  ],
])('a route with %s is accepted, and its references are not resolved', (_, own, reason) => {
  expect(short(routeOf(door(listener), own).parents[0]!.conditions)).toEqual({ Accepted: works, ResolvedRefs: `False ${reason}` })
})

test('a grant resolves a reference', () => {
  const spec = {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
    to: [{ group: '', kind: 'Service' }],
  }
  const status = routeOf(door(listener), backend({ name: 'stock', namespace: 'shop' }), referenceGrant('g', spec, shop))
  expect(short(status.parents[0]!.conditions).ResolvedRefs).toBe('True ResolvedRefs')
})

test('each parent has conditions, and a Service asks for no grant', () => {
  const service = { group: '', kind: 'Service', name: 'reviews' }
  const rules = [{ backendRefs: [{ name: 'stock', namespace: 'shop', port: 9080 }] }]
  const { parents } = routeOf(door(listener), httpRoute('r', { parentRefs: [{ name: 'door' }, service], rules }))
  expect(parents.map(({ parentRef, conditions }) => [parentRef.name, short(conditions).ResolvedRefs])).toEqual([
    ['door', 'False RefNotPermitted'],
    ['reviews', 'True ResolvedRefs'],
  ])
})
