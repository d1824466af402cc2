/** Connections whose bytes are not HTTP to the proxy: by port, SNI, address and caller, at gateways and in the mesh. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hopTcp } from '../src/decide/hop-tcp.ts'
import { portProtocol, trafficOf } from '../src/model/port-protocol.ts'
import { gatewayStatus, routeStatus } from '../src/status/gateway-status.ts'
import type { TcpRouteObject } from '../src/manifests/kinds/tcp-route.ts'
import { certificateFor } from './certificates.ts'
import {
  authorizationPolicy,
  compiled,
  dial,
  gateway,
  gatewayApiGateway,
  ingress,
  lands,
  numbers,
  peerAuthentication,
  productpage,
  quiet,
  reviewsSubsets,
  rulesFor,
  secret,
  seeded,
  serviceEntry,
  tcpRoute,
  tlsRoute,
  virtualService,
  withEchoes,
  type Dial,
} from './support.ts'

type Manifest = Parameters<typeof rulesFor>[1]
const rules = (...manifests: Manifest[]) => rulesFor({ inventory: withEchoes }, ...manifests)
const strict = (...manifests: Manifest[]) =>
  rulesFor({ inventory: withEchoes, mesh: { outboundTrafficPolicy: 'REGISTRY_ONLY' } }, ...manifests)
const to = (host: string, more: Record<string, unknown> = {}) => [{ destination: { host, ...more } }]

describe('in the mesh', () => {
  test('without a rule a connection goes to the service itself, on the port that was dialled', () => {
    expect(dial(rules(), { host: 'reviews.default', port: 9082 })).toMatchObject({
      kind: 'forward',
      cluster: { name: 'outbound|9082||reviews.default.svc.cluster.local' },
      balancer: { kind: 'LEAST_REQUEST' },
    })
  })

  test('weights spread connections', () => {
    const set = rules(
      reviewsSubsets,
      virtualService('reviews', {
        hosts: ['reviews'],
        tcp: [{ route: ['v1', 'v2'].map((subset, i) => ({ ...to('reviews', { subset })[0], weight: [20, 80][i] })) }],
      }),
    )
    const random = seeded(7)
    const counts = { v1: 0, v2: 0 }
    for (let i = 0; i < 2000; i++) counts[lands(set, { random }) as 'v1' | 'v2']++
    expect(counts.v1 / 2000).toBeCloseTo(0.2, 1)
  })

  test('routes for HTTP say nothing about connections, and those for connections nothing about requests', () => {
    const set = rules(virtualService('reviews', { hosts: ['reviews'], http: [{ route: to('details') }] }))
    expect(lands(set)).toBe('reviews')
  })

  test('an unknown subset or host closes the connection', () => {
    expect(lands(rules(virtualService('reviews', { hosts: ['reviews'], tcp: [{ route: to('nowhere') }] })))).toBe('NC')
  })

  test('a host that is not declared is passed through, unless only declared ones may be', () => {
    expect(dial(rules(), { host: '192.0.2.1', port: 5432 })).toMatchObject({
      cluster: { name: 'PassthroughCluster', external: { host: '192.0.2.1', port: 5432 } },
    })
    expect(lands(strict(), { host: '192.0.2.1', port: 5432 })).toBe('UH')
  })

  test('only hashing by address gives a connection a key', () => {
    const hashing = (consistentHash: Record<string, unknown>) => ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'reviews' },
      spec: { host: 'reviews', trafficPolicy: { loadBalancer: { consistentHash } } },
    })
    expect(dial(rules(hashing({ useSourceIp: true })))).toMatchObject({ balancer: { kind: 'HASH', key: '10.0.0.7' } })
    expect(dial(rules(hashing({ httpHeaderName: 'a' })))).toMatchObject({ balancer: { kind: 'HASH' } })
  })
})

describe('by SNI', () => {
  const outside = serviceEntry('outside', {
    hosts: ['a.example', '*.b.example'],
    ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
    resolution: 'NONE',
  })
  const routes = virtualService('sni', {
    hosts: ['*.example'],
    tls: [
      { match: [{ sniHosts: ['*.example'] }], route: to('details', { port: { number: 9083 } }) },
      { match: [{ sniHosts: ['a.example'] }], route: to('ratings', { port: { number: 9083 } }) },
    ],
  })

  test('the most specific name goes first, whatever the order', () => {
    const set = rules(outside, routes)
    expect(lands(set, { host: 'a.example', port: 443, sni: 'a.example' })).toBe('ratings')
    expect(lands(set, { host: 'x.b.example', port: 443, sni: 'x.b.example' })).toBe('details')
  })

  test('a service outside is found by SNI where an address was dialled', () => {
    expect(dial(rules(outside), { host: '192.0.2.1', port: 443, sni: 'x.b.example' })).toMatchObject({
      cluster: { name: 'outbound|443||x.b.example', external: { host: '192.0.2.1', port: 443 } },
    })
    expect(lands(strict(outside), { host: '192.0.2.1', port: 443, sni: 'other.example' })).toBe('UH')
    expect(lands(strict(outside), { host: '192.0.2.1', port: 443, sni: '' })).toBe('UH')
  })

  test('of a service whose rules read SNI, a name that none of them has is passed to the address that was dialled', () => {
    const set = rules(
      virtualService('reviews', { hosts: ['reviews'], tls: [{ match: [{ sniHosts: ['reviews'] }], route: to('ratings') }] }),
    )
    expect(lands(set, { port: 9083, sni: 'reviews' })).toBe('ratings')
    const served = (sni: string): Dial => ({ port: 9083, sni })
    const byName = virtualService('reviews', {
      hosts: ['reviews.default.svc.cluster.local', 'shop.example'],
      tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('ratings') }],
    })
    const named = rules(byName)
    expect(lands(named, served('shop.example'))).toBe('ratings')
    expect(dial(named, served('other.example'))).toMatchObject({
      cluster: { name: 'PassthroughCluster', host: 'reviews.default.svc.cluster.local', tls: 'DISABLE' },
      balancer: { kind: 'RANDOM' },
    })
    expect(lands(named, served(''))).toBe('reviews')
    expect(lands(strict(byName), served('other.example'))).toBe('UH')
    expect(lands(rules(), served('other.example'))).toBe('reviews')
  })

  test('TLS routes do not hold for ports that are not declared as TLS', () => {
    const set = rules(
      virtualService('reviews', {
        hosts: ['reviews.default.svc.cluster.local', 'shop.example'],
        tls: [{ match: [{ sniHosts: ['shop.example'] }], route: to('ratings') }],
      }),
    )
    expect(lands(set, { port: 9082, sni: 'shop.example' })).toBe('reviews')
  })
})

describe('routes of the Gateway API for a Service', () => {
  const parentRefs = [{ group: '', kind: 'Service', name: 'reviews' }]

  test('TCPRoute, for all ports or one', () => {
    const rule = { backendRefs: [{ name: 'details', port: 9082 }] }
    expect(lands(rules(tcpRoute('a', { parentRefs, rules: [rule] })))).toBe('details')
    const set = rules(tcpRoute('a', { parentRefs: [{ ...parentRefs[0], port: 9080 }], rules: [rule] }))
    expect(lands(set)).toBe('reviews')
  })

  test('TLSRoute by its hostnames', () => {
    const set = rules(
      tlsRoute('a', { parentRefs, hostnames: ['shop.example'], rules: [{ backendRefs: [{ name: 'details', port: 9083 }] }] }),
    )
    expect(lands(set, { port: 9083, sni: 'shop.example' })).toBe('details')
    expect(lands(set, { port: 9083, sni: 'other.example' })).toBe('reviews')
  })
})

const pair = await certificateFor('shop.example')
const credential = secret('shop', { stringData: { 'tls.crt': pair.cert, 'tls.key': pair.key } }, { namespace: 'istio-system' })
const at = (port: number, sni?: string): Dial => ({ host: '', port, from: ingress, ...(sni !== undefined && { sni }) })

describe('at an Istio Gateway', () => {
  const server = (number: number, protocol: string, more: Record<string, unknown> = {}) => ({
    port: { number, name: 'x', protocol },
    hosts: ['*'],
    ...more,
  })
  const tcpTo = (host: string, more: Record<string, unknown> = {}) =>
    virtualService('tcp', { hosts: ['*'], gateways: ['door'], tcp: [{ ...more, route: to(host, { port: { number: 9082 } }) }] })

  test.each(['TCP', 'MONGO', 'MYSQL', 'REDIS'])('a port for %s leads where its VirtualService says', (protocol) => {
    const set = rules(gateway('door', { servers: [server(7000, protocol)] }), tcpTo('details'))
    expect(lands(set, at(7000))).toBe('details')
    expect(lands(set, at(7001))).toBe('NR')
    expect(set.gateways.doors(ingress)).toEqual([{ scheme: 'tcp', port: 7000, front: false }])
  })

  test('a match on the port distinguishes two of them', () => {
    const set = rules(
      gateway('door', { servers: [server(7000, 'TCP'), server(7001, 'TCP')] }),
      tcpTo('details', { match: [{ port: 7001 }] }),
    )
    expect([lands(set, at(7000)), lands(set, at(7001))]).toEqual(['NR', 'details'])
  })

  const tlsTo = virtualService('sni', {
    hosts: ['*.example'],
    gateways: ['door'],
    tls: [{ match: [{ sniHosts: ['a.example'] }], route: to('details', { port: { number: 9083 } }) }],
  })

  test.each(['TLS', 'HTTPS'])('%s with PASSTHROUGH goes by SNI, and no certificate is there', (protocol) => {
    const set = rules(gateway('door', { servers: [server(443, protocol, { tls: { mode: 'PASSTHROUGH' } })] }), tlsTo)
    expect(lands(set, at(0, 'a.example'))).toBe('details')
    expect(lands(set, at(0, 'b.example'))).toBe('NR')
    expect(set.gateways.frontFor('a.example', ingress)).toMatchObject({ connections: [{ sniHosts: ['a.example'] }] })
    expect(set.gateways.tlsFor('a.example', ingress)).toBeUndefined()
    expect(set.gateways.frontFor('b.example', ingress)).toBeUndefined()
  })

  test('a match with a name that an older one has is not there, with all of its names', () => {
    const passthrough = gateway('door', { servers: [server(443, 'TLS', { tls: { mode: 'PASSTHROUGH' } })] })
    const first = { match: [{ sniHosts: ['b.example', 'a.example'] }], route: to('ratings', { port: { number: 9083 } }) }
    const second = { match: [{ sniHosts: ['b.example'] }, { sniHosts: ['c.example'] }], route: to('reviews', { port: { number: 9083 } }) }
    const later = (...tls: object[]) => virtualService('later', { hosts: ['*.example'], gateways: ['door'], tls })
    const set = rules(passthrough, tlsTo, later(first, second))
    expect(['a', 'b', 'c'].map((name) => lands(set, at(0, `${name}.example`)))).toEqual(['details', 'reviews', 'reviews'])
    const onlyFirst = rules(passthrough, tlsTo, later(first))
    expect(lands(onlyFirst, at(0, 'b.example'))).toBe('NR')
    expect(onlyFirst.gateways.warnings).toMatchObject([{ message: expect.stringContaining('an older route has SNI a.example') }])
  })

  test('TLS that ends at the gateway has a certificate, and goes on by the routes for TCP', () => {
    const tls = { mode: 'SIMPLE', credentialName: 'shop' }
    const set = rules(credential, gateway('door', { servers: [server(443, 'TLS', { hosts: ['shop.example'], tls })] }), tcpTo('details'))
    expect(set.gateways.tlsFor('shop.example', ingress)?.certificates).toHaveLength(1)
    expect(lands(set, at(0, 'shop.example'))).toBe('details')
    expect(lands(set, at(0, 'a.example'))).toBe('NR')
  })

  test('HTTPS, passthrough and termination share a port by their names', () => {
    const set = rules(
      credential,
      gateway('door', {
        servers: [
          server(443, 'HTTPS', { hosts: ['page.example'], tls: { credentialName: 'shop' } }),
          server(443, 'TLS', { hosts: ['a.example'], tls: { mode: 'PASSTHROUGH' } }),
        ],
      }),
      tlsTo,
    )
    expect(set.gateways.frontFor('page.example', ingress)?.connections).toBeUndefined()
    expect(lands(set, at(0, 'page.example'))).toBe('NR')
    expect(lands(set, at(0, 'a.example'))).toBe('details')
  })
})

describe('at a Gateway of the Gateway API', () => {
  const listener = (name: string, port: number, protocol: string, more: Record<string, unknown> = {}) => ({ name, port, protocol, ...more })
  const door = (...listeners: object[]) =>
    gatewayApiGateway('door', { gatewayClassName: 'istio', listeners }, { namespace: 'istio-system' })
  const all = { allowedRoutes: { namespaces: { from: 'All' } } }
  const parentRefs = [{ name: 'door', namespace: 'istio-system' }]
  const details = [{ backendRefs: [{ name: 'details', port: 9082 }] }]
  const statusOf = (...manifests: Manifest[]) => {
    const { objects, set } = compiled(...manifests)
    const route = objects.find(({ kind }) => kind.endsWith('Route')) as TcpRouteObject
    return routeStatus(route, set).parents[0]!.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`)
  }

  test('TCPRoute takes every connection of its port', () => {
    expect(lands(rules(door(listener('a', 7000, 'TCP', all)), tcpRoute('a', { parentRefs, rules: details })), at(7000))).toBe('details')
  })

  test('of two TCPRoutes at one port the older one holds', () => {
    const ratings = [{ backendRefs: [{ name: 'ratings', port: 9082 }] }]
    const set = rules(
      door(listener('a', 7000, 'TCP', all)),
      tcpRoute('a', { parentRefs, rules: ratings }),
      tcpRoute('b', { parentRefs, rules: details }),
    )
    expect(lands(set, at(7000))).toBe('ratings')
  })

  test('TLSRoute by SNI, within the hostname of its listener', () => {
    const passthrough = listener('a', 443, 'TLS', { ...all, hostname: '*.example', tls: { mode: 'Passthrough' } })
    const set = rules(door(passthrough), tlsRoute('a', { parentRefs, hostnames: ['a.example', 'a.test'], rules: details }))
    expect(lands(set, at(0, 'a.example'))).toBe('details')
    expect(lands(set, at(0, 'a.test'))).toBe('NR')
  })

  test.each([tcpRoute, tlsRoute])('TLS that ends at a listener goes on by either kind of route', (route) => {
    const terminating = listener('a', 443, 'TLS', { ...all, hostname: 'shop.example', tls: { certificateRefs: [{ name: 'shop' }] } })
    const set = rules(credential, door(terminating), route('a', { parentRefs, rules: details }))
    expect(set.gateways.tlsFor('shop.example', ingress)?.certificates).toHaveLength(1)
    expect(lands(set, at(0, 'shop.example'))).toBe('details')
  })

  test('a listener takes only kinds of its protocol, and says which', () => {
    const http = door(listener('a', 80, 'HTTP', all))
    expect(statusOf(http, tcpRoute('a', { parentRefs, rules: details }))).toEqual([
      'Accepted False NotAllowedByListeners',
      'ResolvedRefs False BackendNotFound',
    ])
    const { set } = compiled(
      door(
        listener('a', 7000, 'TCP'),
        listener('b', 443, 'TLS', { tls: { mode: 'Passthrough' } }),
        listener('c', 8443, 'TLS', { tls: { certificateRefs: [{ name: 'shop' }] } }),
      ),
    )
    const reach = { address: { type: 'IPAddress' as const, value: '127.0.0.1' }, at: () => ({}) }
    const { listeners } = gatewayStatus({ namespace: 'istio-system', name: 'door' }, set, reach)
    expect(listeners.map(({ supportedKinds }) => supportedKinds.map(({ kind }) => kind))).toEqual([
      ['TCPRoute'],
      ['TLSRoute'],
      ['TLSRoute', 'TCPRoute'],
    ])
  })

  test('listeners of TCP and of TLS cannot share a port; those of HTTPS and TLS can', () => {
    const tls = { tls: { mode: 'Passthrough' } }
    const conflicts = (...listeners: object[]) =>
      compiled(door(...listeners))
        .set.gateways.listenerStates.get('istio-system/door')!
        .map(({ conflict }) => conflict !== undefined)
    expect(conflicts(listener('a', 443, 'TCP'), listener('b', 443, 'TLS', tls))).toEqual([true, true])
    expect(
      conflicts(listener('a', 443, 'HTTPS', { tls: { certificateRefs: [{ name: 'shop' }] } }), listener('b', 443, 'TLS', tls)),
    ).toEqual([false, false])
  })

  test('another rule than the first is never reached', () => {
    const { set } = compiled(door(listener('a', 7000, 'TCP', all)), tcpRoute('a', { parentRefs, rules: [...details, ...details] }))
    expect(set.warnings.map(({ where, message }) => `${where} ${message}`)).toContain(
      'rules.yaml#1 TCPRoute default/a spec.rules[1] is never reached: spec.rules[0] takes every connection',
    )
  })
})

describe('who may connect', () => {
  const allowed = (policy: Record<string, unknown>, question: Dial = {}, ...more: Manifest[]) => {
    const set = rules(authorizationPolicy('a', { selector: { matchLabels: { app: 'reviews' } }, ...policy }), ...more)
    const { from = productpage, sni, host = 'reviews', port = 9082 } = question
    const connection = { host, port, ...(sni !== undefined && { tls: { sni } }) }
    const { verdict } = hopTcp({ rules: set, caller: from, state: quiet, random: numbers(0) }, connection)
    return verdict?.reset ? 'reset' : verdict?.allow
  }
  const allow = (...list: object[]) => ({ action: 'ALLOW', rules: list })
  const deny = (...list: object[]) => ({ action: 'DENY', rules: list })
  const page = { source: { principals: ['cluster.local/ns/default/sa/bookinfo-productpage'] } }

  test('by port, principal, namespace and address', () => {
    expect(allowed(allow({ to: [{ operation: { ports: ['9082'] } }] }))).toBe(true)
    expect(allowed(allow({ to: [{ operation: { ports: ['9083'] } }] }))).toBe(false)
    expect(allowed(allow({ from: [page] }))).toBe(true)
    expect(allowed(allow({ from: [{ source: { notPrincipals: page.source.principals } }] }))).toBe(false)
    expect(allowed(deny({ from: [{ source: { namespaces: ['default'] } }] }))).toBe(false)
    expect(allowed(allow({ from: [{ source: { ipBlocks: ['10.0.0.0/24'] } }] }))).toBe(true)
    expect(allowed(allow({ when: [{ key: 'connection.sni', values: ['*.example'] }] }), { port: 9083, sni: 'a.example' })).toBe(true)
  })

  test.each([
    ['methods', { to: [{ operation: { methods: ['GET'] } }] }],
    ['paths and a port', { to: [{ operation: { paths: ['/a'], ports: ['9082'] } }] }],
    ['a request principal', { from: [{ source: { requestPrincipals: ['*'] } }] }],
    ['a header', { when: [{ key: 'request.headers[a]', values: ['b'] }] }],
  ])('%s: an ALLOW never matches, a DENY ignores it', (_, rule) => {
    expect(allowed(allow(rule))).toBe(false)
    expect(allowed(deny(rule))).toBe(false)
  })

  test('a DENY keeps what connections have', () => {
    expect(allowed(deny({ to: [{ operation: { methods: ['GET'], ports: ['9083'] } }] }))).toBe(true)
  })

  test('plain text to STRICT is reset, per port too', () => {
    const { principal: _, ...plain } = productpage
    const policy = allow({})
    expect(allowed(policy, { from: plain })).toBe(true)
    expect(allowed(policy, { from: plain }, peerAuthentication('default', { mtls: { mode: 'STRICT' } }))).toBe('reset')
    const portLevel = peerAuthentication('reviews', {
      selector: { matchLabels: { app: 'reviews' } },
      portLevelMtls: { 9082: { mode: 'STRICT' } },
    })
    expect([allowed(policy, { from: plain }, portLevel), allowed(policy, { from: plain, port: 9083 }, portLevel)]).toEqual(['reset', true])
  })

  test('policies of the gateway are asked first', () => {
    const set = rules(
      gateway('door', { servers: [{ port: { number: 7000, name: 'x', protocol: 'TCP' }, hosts: ['*'] }] }),
      virtualService('tcp', { hosts: ['*'], gateways: ['door'], tcp: [{ route: to('details', { port: { number: 9082 } }) }] }),
      authorizationPolicy(
        'a',
        { selector: { matchLabels: { istio: 'ingressgateway' } }, ...deny({ from: [{ source: { remoteIpBlocks: ['203.0.113.0/24'] } }] }) },
        { namespace: 'istio-system' },
      ),
    )
    expect(hopTcp({ rules: set, caller: ingress, state: quiet, random: numbers(0) }, { host: '', port: 7000 })).toMatchObject({
      entry: { allow: false },
    })
  })
})

test.each([
  ['tcp-echo', undefined, 'TCP'],
  ['grpc', undefined, 'GRPC'],
  ['grpc-web-a', undefined, 'GRPC-WEB'],
  ['web', undefined, undefined],
  ['http2-a', 'tls', 'TLS'],
  ['web', 'kubernetes.io/h2c', 'HTTP2'],
  ['tcp', 'example.com/custom', undefined],
])('the protocol of a port %s with appProtocol %s is %s', (name, appProtocol, protocol) => {
  expect(portProtocol(name, appProtocol)).toBe(protocol)
})

test('a port without a protocol is looked at', () => {
  expect(['HTTPS', 'GRPC', 'MONGO', undefined].map(trafficOf)).toEqual(['tls', 'http', 'tcp', 'sniff'])
})

test('property: the first route that fits takes a connection, one for its address before one for all', () => {
  const route = fc.record({
    port: fc.option(fc.constantFrom(9080, 9082), { nil: undefined }),
    app: fc.option(fc.constantFrom('productpage', 'other'), { nil: undefined }),
    subnet: fc.option(fc.constantFrom('192.0.2.0/24', '10.0.0.0/8'), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(route, { maxLength: 6 }), (given) => {
      const match = ({ port, app, subnet }: (typeof given)[number]) => ({
        ...(port !== undefined && { port }),
        ...(app !== undefined && { sourceLabels: { app } }),
        ...(subnet !== undefined && { destinationSubnets: [subnet] }),
      })
      const entry = serviceEntry('e', {
        hosts: ['e.example'],
        addresses: ['192.0.2.0/24'],
        ports: [{ number: 9082, name: 'tcp', protocol: 'TCP' }],
        resolution: 'DNS',
      })
      const of = given.map((each, index) =>
        serviceEntry(`to-${index}`, {
          hosts: [`to-${index}.example`],
          ports: [{ number: 9082, name: 'tcp', protocol: 'TCP' }],
          resolution: 'DNS',
        }),
      )
      const routes =
        given.length === 0
          ? []
          : [
              virtualService('v', {
                hosts: ['e.example'],
                tcp: given.map((each, i) => ({ match: [match(each)], route: to(`to-${i}.example`) })),
              }),
            ]
      const fits = given.map(({ port, app }) => (port ?? 9082) === 9082 && (app ?? 'productpage') === 'productpage')
      const last = given.findIndex(({ subnet }, i) => fits[i] && subnet === undefined)
      const addressed = given.findIndex(({ subnet }, i) => fits[i] && subnet === '192.0.2.0/24' && (last === -1 || i < last))
      const wanted = addressed !== -1 ? `to-${addressed}.example` : last !== -1 ? `to-${last}.example` : 'e.example'
      expect(lands(rules(entry, ...of, ...routes), { host: '192.0.2.9' })).toBe(wanted)
    }),
    { numRuns: 200 },
  )
})
