/** Cases of fields that are about connections instead of requests. */
import { dial, gatewayApiGateway, ingress, lands, numbers, withEchoes, type Dial } from '../support.ts'
import type { FieldCase, Fields } from './field-case.ts'

const world = { inventory: withEchoes }
const to = (host: string, more: Fields = {}) => [{ destination: { host, ...more } }]
export const goes = (question: Dial = {}): Pick<FieldCase, 'see' | 'world'> => ({ see: (set) => lands(set, question), world })
const at9082 = { port: { number: 9082 } }
const weighted = [
  { ...to('details', at9082)[0], weight: 1 },
  { ...to('ratings', at9082)[0], weight: 3 },
]
const early = numbers(0.3)
const tcp = (...routes: Fields[]) => ({ hosts: ['reviews'], tcp: routes })
const tls = (...routes: Fields[]) => ({ hosts: ['*.example'], gateways: ['mesh', 'door'], tls: routes })
/** To ratings when the match fits, else to details. */
const matching = (match: Fields) => tcp({ match: [match], route: to('ratings') }, { route: to('details') })
const door = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'door' },
  spec: { servers: [{ port: { number: 443, name: 'tls', protocol: 'TLS' }, tls: { mode: 'PASSTHROUGH' }, hosts: ['*'] }] },
}
const inside: Dial = { host: 'a.example', port: 443, sni: 'a.example' }
const entry = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'entry' },
  spec: { hosts: ['a.example'], ports: [{ number: 443, name: 'tls', protocol: 'TLS' }], resolution: 'DNS' },
}
/** To ratings when the match fits, else to details. */
const sniMatching = (match: Fields) =>
  tls(
    { match: [{ sniHosts: ['a.example'], ...match }], route: to('ratings', at9082) },
    { match: [{ sniHosts: ['*.example'] }], route: to('details', at9082) },
  )
const sni = { ...goes(inside), others: [door, entry] }

export const virtualServiceConnectionFields: FieldCase[] = [
  { spec: matching({ port: 1 }), ...goes(), is: 'details', removed: { 'tcp[].match[].port': 'ratings' } },
  { spec: matching({ sourceLabels: { app: 'never' } }), ...goes(), is: 'details', removed: { 'tcp[].match[].sourceLabels.*': 'ratings' } },
  { spec: matching({ sourceNamespace: 'never' }), ...goes(), is: 'details', removed: { 'tcp[].match[].sourceNamespace': 'ratings' } },
  { spec: matching({ gateways: ['never'] }), ...goes(), is: 'details', removed: { 'tcp[].match[].gateways[]': 'ratings' } },
  {
    spec: {
      hosts: ['a.example'],
      tcp: [{ match: [{ destinationSubnets: ['10.0.0.0/8'] }], route: to('ratings', at9082) }, { route: to('details', at9082) }],
    },
    ...goes({ host: '192.0.2.1', port: 443 }),
    others: [{ ...entry, spec: { ...entry.spec, addresses: ['192.0.2.0/24'], ports: [{ number: 443, name: 'tcp', protocol: 'TCP' }] } }],
    is: 'details',
    removed: { 'tcp[].match[].destinationSubnets[]': 'ratings' },
  },
  {
    spec: tcp({ route: to('reviews', { subset: 'v1' }) }),
    ...goes(),
    is: 'NC',
    removed: { 'tcp[].route[].destination.subset': 'reviews' },
  },
  {
    spec: tcp({ route: to('reviews', { port: { number: 9080 } }) }),
    world,
    see: (set) => (dial(set) as { cluster: { port: number } }).cluster.port,
    is: 9080,
    changed: { 'tcp[].route[].destination.port.number': [9083, 9083] },
  },
  {
    spec: tcp({ route: to('details') }),
    ...goes(),
    is: 'details',
    changed: { 'tcp[].route[].destination.host': ['ratings', 'ratings'] },
  },
  { spec: tcp({ route: weighted }), ...goes({ random: early }), is: 'ratings', changed: { 'tcp[].route[].weight': [1, 'details'] } },
  { spec: sniMatching({ port: 1 }), ...sni, is: 'details', removed: { 'tls[].match[].port': 'ratings' } },
  { spec: sniMatching({ sourceLabels: { app: 'never' } }), ...sni, is: 'details', removed: { 'tls[].match[].sourceLabels.*': 'ratings' } },
  { spec: sniMatching({ sourceNamespace: 'never' }), ...sni, is: 'details', removed: { 'tls[].match[].sourceNamespace': 'ratings' } },
  { spec: sniMatching({ gateways: ['door'] }), ...sni, is: 'details', removed: { 'tls[].match[].gateways[]': 'ratings' } },
  {
    spec: sniMatching({ destinationSubnets: ['10.0.0.0/8'] }),
    ...sni,
    is: 'details',
    removed: { 'tls[].match[].destinationSubnets[]': 'ratings' },
  },
  {
    spec: tls({ match: [{ sniHosts: ['b.example', 'a.example'] }], route: to('ratings', at9082) }),
    ...goes({ host: '', port: 0, sni: 'a.example', from: ingress }),
    others: [door],
    is: 'ratings',
    removed: { 'tls[].match[].sniHosts[]': 'NR' },
  },
  { spec: sniMatching({}), ...sni, is: 'ratings', changed: { 'tls[].route[].destination.host': ['reviews', 'reviews'] } },
  {
    spec: tls({ match: [{ sniHosts: ['a.example'] }], route: to('reviews', { port: { number: 9083 }, subset: 'v1' }) }),
    ...sni,
    is: 'NC',
    removed: { 'tls[].route[].destination.subset': 'reviews' },
  },
  {
    spec: tls({ match: [{ sniHosts: ['a.example'] }], route: to('reviews', { port: { number: 9083 } }) }),
    ...sni,
    is: 'reviews',
    changed: { 'tls[].route[].destination.port.number': [1, 'NC'] },
  },
  {
    spec: tls({
      match: [{ sniHosts: ['a.example'] }],
      route: weighted.map(({ destination, weight }) => ({ destination: { ...destination, port: { number: 9083 } }, weight })),
    }),
    ...goes({ ...inside, random: early }),
    others: [door, entry],
    is: 'ratings',
    changed: { 'tls[].route[].weight': [1, 'details'] },
  },
]

const backend = (name: string, more: Fields = {}) => ({ name, port: 9082, ...more })
const parents = (more: Fields = {}) => [{ name: 'door', ...more }]
const listeners = (protocol: string, tlsOf: Fields = {}) => [
  { name: 'one', port: 7000, protocol, ...tlsOf, allowedRoutes: { namespaces: { from: 'All' } } },
  { name: 'two', port: 7001, protocol, ...tlsOf, allowedRoutes: { namespaces: { from: 'All' } } },
]
const gatewayWith = (protocol: string, more: Fields = {}, metadata: Fields = {}) =>
  gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: listeners(protocol, more) }, metadata)

/** Of both kinds, at a Gateway and for calls to a Service. */
const routeFields = (protocol: string, more: Fields, question: Dial): FieldCase[] => {
  const at = { ...goes({ host: '', port: 7000, from: ingress, ...question }), others: [gatewayWith(protocol, more)] }
  const spec = (parentRefs: Fields[], ...backendRefs: Fields[]) => ({ parentRefs, rules: [{ backendRefs }] })
  return [
    {
      spec: { parentRefs: parents(), rules: [{ name: 'all', backendRefs: [backend('details')] }] },
      ...at,
      is: 'details',
      changed: {
        'rules[].backendRefs[].name': ['ratings', 'ratings'],
        'rules[].backendRefs[].port': [1, 'NC'],
        'parentRefs[].name': ['other', 'NR'],
      },
      ignored: ['rules[].name'],
    },
    {
      spec: spec(parents({ sectionName: 'two' }), backend('details')),
      ...at,
      is: 'NR',
      removed: { 'parentRefs[].sectionName': 'details' },
    },
    { spec: spec(parents({ port: 7001 }), backend('details')), ...at, is: 'NR', removed: { 'parentRefs[].port': 'details' } },
    { spec: spec(parents({ namespace: 'other' }), backend('details')), ...at, is: 'NR', removed: { 'parentRefs[].namespace': 'details' } },
    {
      spec: spec(parents(), backend('details', { weight: 1 }), backend('ratings', { weight: 3 })),
      ...at,
      see: (set) => lands(set, { host: '', port: 7000, from: ingress, ...question, random: early }),
      is: 'ratings',
      changed: { 'rules[].backendRefs[].weight': [1, 'details'] },
    },
    {
      spec: spec(parents(), backend('details', { namespace: 'shop' })),
      ...at,
      is: 'NC',
      removed: { 'rules[].backendRefs[].namespace': 'details' },
    },
    {
      spec: spec(parents(), backend('details', { group: '', kind: 'Service' })),
      ...at,
      is: 'details',
      implied: ['rules[].backendRefs[].group', 'rules[].backendRefs[].kind'],
    },
    {
      spec: spec([{ group: '', kind: 'Service', name: 'reviews' }], backend('details')),
      ...goes(protocol === 'TLS' ? { port: 9083, sni: 'a.example' } : {}),
      is: 'details',
      implied: ['parentRefs[].group', 'parentRefs[].kind'],
    },
  ]
}

export const tcpRouteFields: FieldCase[] = routeFields('TCP', {}, {})

export const tlsRouteFields: FieldCase[] = [
  ...routeFields('TLS', { tls: { mode: 'Passthrough' } }, { sni: 'a.example' }),
  {
    spec: { parentRefs: parents(), hostnames: ['b.example', 'a.example'], rules: [{ backendRefs: [backend('details')] }] },
    ...goes({ host: '', port: 7000, from: ingress, sni: 'a.example' }),
    others: [gatewayWith('TLS', { tls: { mode: 'Passthrough' } })],
    is: 'details',
    removed: { 'hostnames[]': 'NR' },
  },
]
