/** A small Bookinfo for the rules: manifests as plain objects go through the parser, requests come from productpage. */
import { decideTcp } from '../src/decide/decide-tcp.ts'
import { decide } from '../src/decide/decide.ts'
import type { BalancerState, Caller, Decision, Endpoint, Forward, Inventory, Random, Respond, RuleRequest } from '../src/model/decision.ts'
import type { Connection } from '../src/model/connection.ts'
import type { FetchedKeys } from '../src/model/key-set.ts'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { compile, defaultMeshConfig, type MeshConfig, type RuleSet } from '../src/compile/ruleset.ts'

type Manifest = Record<string, unknown>

const manifest =
  (apiVersion: string, kind: string) =>
  (name: string, spec: unknown, metadata: Record<string, unknown> = {}): Manifest => ({
    apiVersion,
    kind,
    metadata: { name, ...metadata },
    spec,
  })

export const virtualService = manifest('networking.istio.io/v1', 'VirtualService')
export const destinationRule = manifest('networking.istio.io/v1', 'DestinationRule')
export const gateway = manifest('networking.istio.io/v1', 'Gateway')
export const serviceEntry = manifest('networking.istio.io/v1', 'ServiceEntry')
export const sidecar = manifest('networking.istio.io/v1', 'Sidecar')
export const peerAuthentication = manifest('security.istio.io/v1', 'PeerAuthentication')
export const requestAuthentication = manifest('security.istio.io/v1', 'RequestAuthentication')
export const authorizationPolicy = manifest('security.istio.io/v1', 'AuthorizationPolicy')
export const gatewayApiGateway = manifest('gateway.networking.k8s.io/v1', 'Gateway')
export const httpRoute = manifest('gateway.networking.k8s.io/v1', 'HTTPRoute')
export const grpcRoute = manifest('gateway.networking.k8s.io/v1', 'GRPCRoute')
export const referenceGrant = manifest('gateway.networking.k8s.io/v1', 'ReferenceGrant')
export const namespaceObject = (name: string, labels: Record<string, string> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
/** Its fields are siblings of metadata. */
export const secret = (name: string, fields: Record<string, unknown>, metadata: Record<string, unknown> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...metadata },
  ...fields,
})
export const backendTlsPolicy = manifest('gateway.networking.k8s.io/v1', 'BackendTLSPolicy')
export const configMap = (name: string, data: Record<string, string>, metadata: Record<string, unknown> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})
export const tcpRoute = manifest('gateway.networking.k8s.io/v1', 'TCPRoute')
export const tlsRoute = manifest('gateway.networking.k8s.io/v1', 'TLSRoute')
export const routeRule = manifest('config.istio.io/v1alpha2', 'RouteRule')

/** Subsets v1, v2 and v3 of reviews. */
export const reviewsSubsets = destinationRule('reviews', {
  host: 'reviews',
  subsets: ['v1', 'v2', 'v3'].map((version) => ({ name: version, labels: { version } })),
})

const endpoint = (app: string, version: string, index = 0, locality?: string): Endpoint => ({
  pod: `${app}-${version}-${index}`,
  workload: `${app}-${version}`,
  namespace: 'default',
  labels: { app, version },
  address: '127.0.0.1',
  port: 9080,
  ...(locality !== undefined && { locality }),
})

const service = (name: string, selector: Record<string, string>, namespace = 'default') => ({
  name,
  namespace,
  host: `${name}.${namespace}.svc.cluster.local`,
  ports: [{ number: 9080, name: 'http', protocol: 'HTTP' }],
  selector,
})

const apps: [string, string][] = [
  ['productpage', 'v1'],
  ['details', 'v1'],
  ['ratings', 'v1'],
  ['reviews', 'v1'],
  ['reviews', 'v2'],
  ['reviews', 'v3'],
]

export const bookinfo: Inventory = {
  services: [
    ...['productpage', 'details', 'ratings', 'reviews'].map((app) => service(app, { app })),
    ...apps.map(([app, version]) => service(`${app}-${version}`, { app, version })),
    service('stock', { app: 'stock' }, 'shop'),
  ],
  endpoints: apps.map(([app, version]) => endpoint(app, version)),
  workloads: [
    ...apps.map(([app, version]) => ({ kind: 'workload' as const, namespace: 'default', labels: { app, version } })),
    { kind: 'gateway', namespace: 'istio-system', labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' } },
  ],
}

/** Bookinfo whose services also have a port for TCP and one for TLS. */
export const withEchoes: Inventory = {
  ...bookinfo,
  services: bookinfo.services.map((each) => ({
    ...each,
    ports: [...each.ports, { number: 9082, name: 'tcp-echo', protocol: 'TCP' }, { number: 9083, name: 'tls-echo', protocol: 'TLS' }],
  })),
}

/** Bookinfo with three replicas of reviews v1, one a locality. */
export const spread = (...localities: string[]): Inventory => ({
  ...bookinfo,
  endpoints: localities.map((locality, index) => endpoint('reviews', 'v1', index, locality)),
})

/** Compiled rules; the order of the manifests is their age. */
export const rules = (...manifests: Manifest[]): RuleSet => rulesFor({}, ...manifests)

interface Setting {
  inventory?: Inventory
  mesh?: Partial<MeshConfig>
  fetched?: FetchedKeys
}

export const rulesFor = (setting: Setting, ...manifests: Manifest[]): RuleSet => compiledFor(setting, manifests).set

/** Compiled rules together with the objects that they are made of. */
export const compiled = (...manifests: Manifest[]) => compiledFor({}, manifests)

export const compiledFor = ({ inventory = bookinfo, mesh = {}, fetched }: Setting, manifests: readonly Manifest[]) => {
  const objects = manifests.flatMap((each, created) =>
    parseManifests(JSON.stringify(each), 'rules.yaml').objects.map((object) => ({ ...object, created })),
  )
  return { objects, set: compile(objects, inventory, { ...defaultMeshConfig, ...mesh }, fetched) }
}

export const productpage: Caller = {
  kind: 'workload',
  name: 'productpage-v1',
  namespace: 'default',
  labels: { app: 'productpage', version: 'v1' },
  principal: 'cluster.local/ns/default/sa/bookinfo-productpage',
  remoteIp: '10.0.0.7',
}

export const ingress: Caller = {
  kind: 'gateway',
  name: 'istio-ingressgateway',
  namespace: 'istio-system',
  labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  principal: 'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
  remoteIp: '203.0.113.9',
}

export const quiet: BalancerState = { active: () => 0, ejected: () => false, next: () => 0 }

/** Numbers for `random`, in order and over again. */
export const numbers = (...values: number[]): Random => {
  let index = 0
  return () => values[index++ % values.length]!
}

/** Seeded, even enough for shares. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Ask extends Partial<Omit<RuleRequest, 'headers'>> {
  headers?: Record<string, string>
  from?: Caller
  random?: Random
}

export const request = ({ headers = {}, from: _from, random: _random, ...rest }: Ask): RuleRequest => ({
  method: 'GET',
  scheme: 'http',
  authority: 'reviews:9080',
  port: 9080,
  path: '/reviews/0',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  ...rest,
})

/** The decision for a request, to reviews by default. */
export const ask = (set: RuleSet, question: Ask = {}): Decision =>
  decide(set, request(question), question.from ?? productpage, quiet, question.random ?? numbers(0))

/** A request that must be sent on. */
export const sent = (set: RuleSet, question: Ask = {}): Forward => {
  const decision = ask(set, question)
  if (decision.kind !== 'forward') throw new Error(`answered with ${decision.status}: ${JSON.stringify(decision.steps)}`)
  return decision
}

/** A request that the mesh must answer. */
export const answered = (set: RuleSet, question: Ask = {}): Respond => {
  const decision = ask(set, question)
  if (decision.kind !== 'respond') throw new Error(`sent to ${decision.cluster.name}: ${JSON.stringify(decision.steps)}`)
  return decision
}

/** Where a request goes: subset or host of the cluster, or the status that it is answered with. */
export const goal = (set: RuleSet, question: Ask = {}): string | number => {
  const decision = ask(set, question)
  if (decision.kind === 'respond') return decision.status
  return decision.cluster.subset ?? decision.cluster.host.replace('.default.svc.cluster.local', '')
}

/** The same at the gateway, host bookinfo.example by default. */
export const atDoor = (question: Ask = {}): Ask => ({
  from: ingress,
  port: 0,
  authority: 'bookinfo.example',
  path: '/productpage',
  ...question,
})

/** Header value after a decision's changes. */
export const header = (list: readonly (readonly [string, string])[], name: string): string | undefined =>
  list.find(([each]) => each === name)?.[1]

/** A connection, to the TCP port of reviews by default; with `sni` it begins TLS. */
export interface Dial extends Partial<Omit<Connection, 'tls'>> {
  sni?: string
  from?: Caller
  random?: Random
}

export const dial = (set: RuleSet, { sni, from = productpage, random = numbers(0), ...rest }: Dial = {}) =>
  decideTcp(set, { host: 'reviews', port: 9082, ...(sni !== undefined && { tls: sni === '' ? {} : { sni } }), ...rest }, from, random)

/** Where a connection goes: subset or host of the cluster, or the flag that it is closed with. */
export const lands = (set: RuleSet, question: Dial = {}): string => {
  const decision = dial(set, question)
  if (decision.kind === 'close') return decision.flags.join()
  return decision.cluster.subset ?? decision.cluster.host.replace('.default.svc.cluster.local', '')
}
