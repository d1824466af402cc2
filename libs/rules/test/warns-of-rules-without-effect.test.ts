/** Rules that are valid and do not do what they say: each is warned about, and the warning goes when the set is mended. */
import { expect, test } from 'vitest'
import {
  authorizationPolicy,
  bookinfo,
  destinationRule,
  gateway,
  gatewayApiGateway,
  httpRoute,
  namespaceObject,
  peerAuthentication,
  requestAuthentication,
  routeRule,
  rules,
  rulesFor,
  serviceEntry,
  sidecar,
  virtualService,
} from './support.ts'

type Manifest = ReturnType<typeof virtualService>

const http = [{ route: [{ destination: { host: 'reviews' } }] }]
const listener = { name: 'http', port: 80, protocol: 'HTTP' }
const api = (...listeners: Record<string, unknown>[]) =>
  gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: [listener, ...listeners] })
const route = (parent: Record<string, unknown>, more: Record<string, unknown> = {}, metadata = {}) =>
  httpRoute(
    'r',
    { parentRefs: [{ name: 'door', ...parent }], rules: [{ backendRefs: [{ name: 'reviews', port: 9080 }] }], ...more },
    metadata,
  )
const service = { group: '', kind: 'Service', name: 'reviews' }
const server = (host: string) => ({ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] })
const istio = (host = '*', selector: Record<string, string> = { istio: 'ingressgateway' }) =>
  gateway('door', { selector, servers: [server(host)] })
const bound = (host: string, more: Record<string, unknown> = {}) =>
  virtualService('r', { hosts: [host], gateways: ['door'], http, ...more })
const selecting = { selector: { matchLabels: { app: 'nothing' } } }
const shop = { namespace: 'shop' }
const system = { namespace: 'istio-system' }
const gone = 'the route gets no requests there'
const teams = (selector: unknown) => ({ ...listener, name: 'b', port: 81, allowedRoutes: { namespaces: { from: 'Selector', selector } } })
const subsets = (...versions: string[]) =>
  destinationRule('r', { host: 'reviews', subsets: versions.map((version) => ({ name: version, labels: { version } })) })
const target = { targetRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'door' } }
const ports = [{ number: 80, name: 'http', protocol: 'HTTP' }]

const cases: [name: string, manifests: Manifest[], expected: [where: string, message: string][]][] = [
  [
    'a Gateway that does not exist',
    [route({})],
    [['HTTPRoute default/r spec.parentRefs[0]', `Gateway default/door does not exist: ${gone}`]],
  ],
  [
    'a listener that does not exist',
    [api(), route({ sectionName: 'x' })],
    [['HTTPRoute default/r spec.parentRefs[0]', `Gateway default/door has no listener named x: ${gone}`]],
  ],
  [
    'a port that no listener has',
    [api(), route({ port: 8080 })],
    [['HTTPRoute default/r spec.parentRefs[0]', `Gateway default/door has no listener on port 8080: ${gone}`]],
  ],
  [
    'a namespace that allowedRoutes keeps out',
    [api(), route({ namespace: 'default' }, { rules: [{ backendRefs: [{ name: 'stock', port: 9080 }] }] }, shop)],
    [
      [
        'HTTPRoute shop/r spec.parentRefs[0]',
        `no listener of Gateway default/door that it names takes HTTPRoutes of namespace shop: ${gone}`,
      ],
    ],
  ],
  [
    'hostnames that do not meet',
    [
      gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: [{ ...listener, hostname: '*.example' }] }),
      route({}, { hostnames: ['a.test'] }),
    ],
    [
      [
        'HTTPRoute default/r spec.parentRefs[0]',
        `none of its hostnames (a.test) is one of a listener of Gateway default/door: http has *.example: ${gone}`,
      ],
    ],
  ],
  [
    'a Service that does not exist',
    [route({ ...service, name: 'nothing' })],
    [['HTTPRoute default/r spec.parentRefs[0]', `host nothing.default.svc.cluster.local is unknown: ${gone}`]],
  ],
  [
    'a port that the Service does not have',
    [route({ ...service, port: 81 })],
    [['HTTPRoute default/r spec.parentRefs[0]', `reviews.default.svc.cluster.local has no port 81: ${gone}`]],
  ],
  [
    'a backend that does not exist',
    [api(), route({}, { rules: [{ backendRefs: [{ name: 'nothing', port: 9080 }] }] })],
    [['HTTPRoute default/r spec.rules[0]', 'host nothing.default.svc.cluster.local is unknown: requests that go there fail']],
  ],
  [
    'a port that the backend does not have',
    [api(), route({}, { rules: [{ matches: [{ path: { value: '/' } }], backendRefs: [{ name: 'reviews', port: 81 }] }] })],
    [['HTTPRoute default/r spec.rules[0]', 'reviews.default.svc.cluster.local has no port 81: requests that go there fail']],
  ],
  [
    'weights that are all 0',
    [api(), route({}, { rules: [{ backendRefs: [{ name: 'reviews', port: 9080, weight: 0 }] }] })],
    [['HTTPRoute default/r spec.rules[0]', 'all weights are 0: requests that match are answered with 500']],
  ],
  [
    'no backends',
    [api(), route({}, { rules: [{}] })],
    [['HTTPRoute default/r spec.rules[0]', 'it has no backendRefs: requests that match are answered with 500']],
  ],
  [
    'a consumer route in a namespace without callers',
    [route({ ...service, namespace: 'default' }, {}, shop)],
    [
      ['HTTPRoute shop/r spec.rules[0]', 'host reviews.shop.svc.cluster.local is unknown: requests that go there fail'],
      ['HTTPRoute shop/r spec.parentRefs[0]', 'applies only to callers of namespace shop, and there are none'],
    ],
  ],
  [
    'a namespace selector that fits none',
    [namespaceObject('team-a', { team: 'b' }), api(teams({ matchLabels: { team: 'a' } }))],
    [
      [
        'Gateway default/door spec.listeners[1].allowedRoutes.namespaces.selector',
        'the selector fits no namespace that is known: b takes no route (apply Namespaces with their labels)',
      ],
    ],
  ],
  [
    'listeners that conflict',
    [api({ ...listener, name: 'tls', protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } })],
    [
      ['Gateway default/door spec.listeners', 'port 80 has listeners of HTTP and of HTTPS (tls): http has no effect'],
      ['Gateway default/door spec.listeners', 'port 80 has listeners of HTTP and of HTTPS (http): tls has no effect'],
      ['Gateway default/door spec.listeners', 'Secret default/none does not exist: handshakes of tls fail'],
    ],
  ],
  [
    'a Gateway whose selector fits no gateway',
    [istio('*', { istio: 'other' })],
    [
      [
        'Gateway default/door spec.selector',
        'no gateway has the labels istio=other: it has no effect (there is one with app=istio-ingressgateway, istio=ingressgateway)',
      ],
    ],
  ],
  [
    'a VirtualService for a gateway that does not exist',
    [bound('*')],
    [['VirtualService default/r spec.gateways', 'gateway default/door does not exist']],
  ],
  [
    'a VirtualService with no host of its gateway',
    [istio('a.example'), bound('b.example')],
    [['VirtualService default/r spec.gateways', 'gateway default/door has none of its hosts (it has a.example): it has no effect there']],
  ],
  [
    'a VirtualService that is not exported to its gateway',
    [
      istio(),
      virtualService('r', { hosts: ['*'], gateways: ['default/door'], exportTo: ['.'], http: [{ directResponse: { status: 200 } }] }, shop),
    ],
    [['VirtualService shop/r spec.gateways', 'it is not exported to namespace default: it has no effect at gateway default/door']],
  ],
  [
    'a host that is not a service',
    [virtualService('r', { hosts: ['nothing'], http })],
    [
      [
        'VirtualService default/r spec.hosts',
        'host nothing.default.svc.cluster.local is unknown: the rule applies only to requests to its port 80',
      ],
    ],
  ],
  [
    'a port that the destination does not have',
    [virtualService('r', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', port: { number: 81 } } }] }] })],
    [['VirtualService default/r spec.http[0]', 'reviews.default.svc.cluster.local has no port 81: requests that go there fail']],
  ],
  [
    'a rule behind one that takes every request',
    [virtualService('r', { hosts: ['reviews'], http: [...http, { match: [{ uri: { prefix: '/a' } }], ...http[0] }] })],
    [['VirtualService default/r spec.http[1]', 'is never reached: spec.http[0] takes every request']],
  ],
  [
    'a rule with the match of another one',
    [istio(), bound('*', { http: [0, 1].map((n) => ({ match: [{ name: `n${n}`, uri: { prefix: '/a' } }], ...http[0] })) })],
    [['VirtualService default/r spec.http[1]', 'is never reached: spec.http[0] has the same match']],
  ],
  [
    'a VirtualService that is exported to no workload',
    [
      virtualService(
        'r',
        { hosts: ['reviews.default.svc.cluster.local'], exportTo: ['.'], http: [{ directResponse: { status: 200 } }] },
        shop,
      ),
    ],
    [['VirtualService shop/r spec.exportTo', 'there is no workload in the namespaces that it is exported to: it has no effect']],
  ],
  [
    'a DestinationRule for a host that is not a service',
    [destinationRule('r', { host: 'nothing' })],
    [['DestinationRule default/r spec.host', 'host nothing.default.svc.cluster.local is unknown: it has no effect']],
  ],
  [
    'a route to a subset whose labels fit no pod',
    [
      subsets('v1', 'v9'),
      virtualService('r', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v9' } }] }] }),
    ],
    [
      [
        'VirtualService default/r spec.http[0]',
        'no pod of reviews.default.svc.cluster.local has the labels of subset v9 (version=v9): requests that go there fail',
      ],
    ],
  ],
  [
    'subsets of which none fits a pod',
    [subsets('v8', 'v9')],
    [
      [
        'DestinationRule default/r spec.subsets',
        'no pod of reviews.default.svc.cluster.local has the labels of a subset (v8: version=v8; v9: version=v9): requests that go there fail',
      ],
    ],
  ],
  [
    'labels of a RouteRule that fit no pod',
    [routeRule('r', { destination: { name: 'reviews' }, route: [{ labels: { version: 'v9' }, weight: 100 }] })],
    [['RouteRule default/r', 'no pod of reviews.default.svc.cluster.local has the labels version=v9: requests that go there fail']],
  ],
  [
    'a DestinationRule where neither callers nor the service are',
    [destinationRule('r', { host: 'reviews.default.svc.cluster.local' }, shop)],
    [['DestinationRule shop/r', 'there is neither a workload nor a service of its host in namespace shop: it has no effect']],
  ],
  [
    'a DestinationRule for callers that are not there',
    [destinationRule('r', { host: 'reviews', workloadSelector: { matchLabels: { app: 'nothing' } } })],
    [['DestinationRule default/r spec', 'no workload in namespace default has the labels app=nothing: it has no effect']],
  ],
  [
    'an AuthorizationPolicy that selects nothing',
    [authorizationPolicy('r', selecting)],
    [['AuthorizationPolicy default/r spec', 'no workload in namespace default has the labels app=nothing: it has no effect']],
  ],
  [
    'an AuthorizationPolicy of the root namespace that selects nothing',
    [authorizationPolicy('r', selecting, system)],
    [['AuthorizationPolicy istio-system/r spec', 'no workload in the mesh has the labels app=nothing: it has no effect']],
  ],
  [
    'an AuthorizationPolicy in a namespace without workloads',
    [authorizationPolicy('r', {}, shop)],
    [['AuthorizationPolicy shop/r', 'there is no workload in namespace shop: it has no effect']],
  ],
  [
    'a policy for a Gateway that does not exist',
    [requestAuthentication('r', target)],
    [['RequestAuthentication default/r spec.targetRef', 'Gateway default/door does not exist: it has no effect']],
  ],
  [
    'a RequestAuthentication that selects nothing',
    [requestAuthentication('r', selecting)],
    [['RequestAuthentication default/r spec', 'no workload in namespace default has the labels app=nothing: it has no effect']],
  ],
  [
    'a PeerAuthentication that selects nothing',
    [peerAuthentication('r', selecting)],
    [['PeerAuthentication default/r spec', 'no workload in namespace default has the labels app=nothing: it has no effect']],
  ],
  [
    'a PeerAuthentication that selects a gateway',
    [peerAuthentication('r', { selector: { matchLabels: { istio: 'ingressgateway' } } }, system)],
    [['PeerAuthentication istio-system/r spec', 'there is no workload in namespace istio-system: it has no effect']],
  ],
  [
    'a Sidecar that selects nothing',
    [sidecar('r', { workloadSelector: { labels: { app: 'nothing' } } })],
    [['Sidecar default/r spec', 'no workload in namespace default has the labels app=nothing: it has no effect']],
  ],
  [
    'a ServiceEntry that selects nothing',
    [serviceEntry('r', { hosts: ['a.example'], ports, resolution: 'STATIC', workloadSelector: { labels: { app: 'nothing' } } })],
    [['ServiceEntry default/r spec', 'no workload in namespace default has the labels app=nothing: requests that go there fail']],
  ],
  [
    'a ServiceEntry for a host that is there already',
    [
      serviceEntry('r', { hosts: ['reviews.default.svc.cluster.local', 'a.example'], ports }),
      serviceEntry('s', { hosts: ['A.example'], ports }),
    ],
    [
      ['ServiceEntry default/r spec.hosts', 'has no effect for reviews.default.svc.cluster.local: that is a service of the mesh'],
      ['ServiceEntry default/s spec.hosts', 'has no effect for a.example: that is rules.yaml#1 ServiceEntry default/r'],
    ],
  ],
  [
    'two PeerAuthentications for the same workloads',
    [peerAuthentication('a', {}), peerAuthentication('b', {})],
    [['PeerAuthentication default/b', 'has no effect: rules.yaml#1 PeerAuthentication default/a is older and selects the same workloads']],
  ],
  [
    'two Sidecars for the same workloads',
    [sidecar('a', {}), sidecar('b', {}), sidecar('c', { workloadSelector: { labels: { app: 'reviews' } } })],
    [['Sidecar default/b', 'has no effect: rules.yaml#1 Sidecar default/a is older and selects the same workloads']],
  ],
]

test.each(cases)('%s', (_, manifests, expected) => {
  const found = rules(...manifests).warnings.map(({ where, message }) => [where.replace('rules.yaml#1 ', ''), message])
  expect(new Set(found)).toEqual(new Set(expected))
  expect(found).toHaveLength(expected.length)
})

test.each([
  ['a route that a listener takes', [api(), route({ sectionName: 'http', port: 80 })]],
  ['a route of a Service', [route({ ...service, port: 9080 })]],
  [
    'a route of a namespace that was labelled',
    [
      namespaceObject('shop', { team: 'a' }),
      gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: [teams({ matchLabels: { team: 'a' } })] }),
      route({ namespace: 'default' }, { rules: [{ backendRefs: [{ name: 'stock', port: 9080 }] }] }, shop),
    ],
  ],
  ['a gateway that is there', [istio(), bound('*')]],
  [
    'a rule for every request, last at the gateway',
    [istio(), bound('*', { http: [...http, { match: [{ uri: { prefix: '/a' } }], ...http[0] }] })],
  ],
  ['subsets of pods, and one more that no route goes to', [subsets('v2', 'v9')]],
  ['a DestinationRule for every host of a namespace', [destinationRule('r', { host: '*.default.svc.cluster.local' })]],
  [
    'subsets of a host outside',
    [
      serviceEntry('r', { hosts: ['a.example'], ports, resolution: 'DNS' }),
      destinationRule('r', { host: 'a.example', subsets: [{ name: 'tls' }] }),
    ],
  ],
  ['policies that select', [authorizationPolicy('r', { selector: { matchLabels: { app: 'reviews' } } }), peerAuthentication('r', {})]],
  ['policies of the root namespace', [authorizationPolicy('r', {}, system), peerAuthentication('r', {}, system), sidecar('r', {}, system)]],
  ['a policy for a Gateway that is there', [api(), authorizationPolicy('r', target)]],
  ['a policy for the gateway', [authorizationPolicy('r', { selector: { matchLabels: { istio: 'ingressgateway' } } }, system)]],
] satisfies [string, Manifest[]][])('%s has no warning', (_, manifests) => {
  expect(rules(...manifests).warnings).toEqual([])
})

test('subsets are those of pods, ready or not', () => {
  const subset = destinationRule('r', { host: 'reviews', subsets: [{ name: 'v2', labels: { version: 'v2' } }] })
  expect(rulesFor({ inventory: { ...bookinfo, endpoints: [] } }, subset).warnings).toEqual([])
  const others = bookinfo.workloads.filter(({ labels }) => labels['version'] !== 'v2')
  expect(rulesFor({ inventory: { ...bookinfo, workloads: others } }, subset).warnings).toHaveLength(1)
})
