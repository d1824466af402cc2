/** Rules of both APIs for gRPC, TCP and TLS, and what is sent by them, through gateways and inside the mesh. */
import fc from 'fast-check'
import { stringify } from 'yaml'
import { connectionRules, tcpRules, tlsRulesInMesh, tlsRulesOfGateway } from './connection-cases.ts'
import { grpcCall, grpcOrder, grpcRules, httpRules } from './grpc-cases.ts'
import type { Door, Order } from './two-meshes.ts'

/** What is sent, and where from: a workload, or a client outside, through a door. */
export interface ProtocolCase {
  /** Its number is that of the rule. */
  name: string
  order: Order
  from?: string
  door?: Door
}

export interface ProtocolCases {
  yaml: string
  cases: ProtocolCase[]
}

/** Workloads that send: rules may tell them apart. */
export const callers = ['productpage-v1', 'reviews-v2'] as const

/** Services that have rules for calls inside the mesh, of one API each. Without a rule each of them leads to one version. */
const ofIstio = ['productpage', 'productpage-v1', 'details-v1', 'ratings-v1']
const ofGatewayApi = ['reviews-v1', 'reviews-v2', 'reviews-v3', 'details', 'ratings']

const istio = (kind: string, name: string, spec: object) => ({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name }, spec })
const gatewayApi = (kind: string, name: string, spec: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name },
  spec,
})
const ofService = (name: string, port: number) => [{ group: '', kind: 'Service', name, port }]

/** The same seed gives the same cases. `count` is how many hosts of gateways have rules, of each API and protocol. */
export function protocolCases(seed: number, count: number): ProtocolCases {
  const objects: object[] = [
    istio('DestinationRule', 'reviews', {
      host: 'reviews',
      subsets: ['v1', 'v2', 'v3', 'v9'].map((version) => ({ name: version, labels: { version } })),
    }),
    istio('Gateway', 'both', {
      selector: { istio: 'ingressgateway' },
      servers: [
        { port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*.grpc.example'] },
        { port: { number: 443, name: 'tls', protocol: 'TLS' }, hosts: ['*.sni.example'], tls: { mode: 'PASSTHROUGH' } },
      ],
    }),
    gatewayApi('Gateway', 'both', {
      gatewayClassName: 'istio',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
      ],
    }),
  ]
  const cases: ProtocolCase[] = []
  let drawn = 0
  /** Each list has another seed: a change of one of them leaves the others as they are. */
  const draw = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(arbitrary, { seed: seed + drawn++, numRuns })
  const calls = (numRuns: number) => draw(fc.array(grpcCall, { minLength: 4, maxLength: 4 }), numRuns)

  // Through gateways: a host for each rule.
  const requests = calls(2 * count)
  for (const [index, http] of draw(httpRules, count).entries()) {
    const host = `case-${index}.grpc.example`
    objects.push(istio('VirtualService', `grpc-${index}`, { hosts: [host], gateways: ['both'], http }))
    for (const call of requests.pop()!)
      cases.push({
        name: `VirtualService grpc-${index}`,
        door: { service: 'istio-ingressgateway', port: 80 },
        order: grpcOrder(`${host}:80`, call),
      })
  }
  for (const [index, rules] of draw(grpcRules, count).entries()) {
    const host = `route-${index}.grpc.example`
    objects.push(gatewayApi('GRPCRoute', `grpc-${index}`, { parentRefs: [{ name: 'both' }], hostnames: [host], rules }))
    for (const call of requests.pop()!)
      cases.push({ name: `GRPCRoute grpc-${index}`, door: { service: 'both-istio', port: 80 }, order: grpcOrder(`${host}:80`, call) })
  }
  const hello = (name: string, serverName: string, door: Door) =>
    cases.push({ name, door, order: { url: 'tls://gateway:443', serverName, body: 'hello' } })
  const half = Math.ceil(count / 2)
  for (let index = 0; index < half; index++) {
    const below = `case-${index}.sni.example`
    const names = [`a.${below}`, `b.${below}`, `*.${below}`]
    const [tls] = draw(tlsRulesOfGateway(names), 1)
    objects.push(istio('VirtualService', `sni-${index}`, { hosts: [`*.${below}`], gateways: ['both'], tls }))
    for (const asked of [`a.${below}`, `b.${below}`, `c.d.${below}`, `A.Case-${index}.SNI.example`])
      hello(`VirtualService sni-${index}`, asked, { service: 'istio-ingressgateway', port: 443 })
  }
  for (let index = 0; index < half; index++) {
    const host = `route-${index}.sni.example`
    const [hostname] = draw(fc.constantFrom(host, `*.${host}`), 1)
    const [rules] = draw(connectionRules(9083), 1)
    objects.push(gatewayApi('TLSRoute', `sni-${index}`, { parentRefs: [{ name: 'both' }], hostnames: [hostname], rules }))
    for (const asked of [host, `a.${host}`]) hello(`TLSRoute sni-${index}`, asked, { service: 'both-istio', port: 443 })
  }

  // Inside the mesh: one rule for each service.
  const inMesh = calls(ofIstio.length + ofGatewayApi.length)
  const names = ['reviews-v11.a.svc', 'reviews-v12.a.svc', '*.b.svc']
  const dial = (name: string, host: string) => {
    for (const from of callers) {
      cases.push({ name, from, order: { url: `tcp://${host}:9082`, body: 'hello' } })
      for (const serverName of ['reviews-v11.a.svc', 'reviews-v12.a.svc', 'ratings-v1.b.svc', 'details'])
        cases.push({ name, from, order: { url: `tls://${host}:9083`, serverName, body: 'hello' } })
    }
    for (const call of inMesh.pop()!) cases.push({ name, from: callers[0], order: grpcOrder(`${host}:9081`, call) })
  }
  for (const host of ofIstio) {
    const [[http], [tcp], [tls]] = [draw(httpRules, 1), draw(tcpRules, 1), draw(tlsRulesInMesh(names), 1)]
    objects.push(istio('VirtualService', `mesh-${host}`, { hosts: [host, ...names], http, tcp, tls }))
    dial(`VirtualService mesh-${host}`, host)
  }
  for (const host of ofGatewayApi) {
    const [[rules], [tcp], [tls]] = [draw(grpcRules, 1), draw(connectionRules(9082), 1), draw(connectionRules(9083), 1)]
    objects.push(
      gatewayApi('GRPCRoute', `mesh-${host}`, { parentRefs: ofService(host, 9081), rules }),
      gatewayApi('TCPRoute', `mesh-${host}`, { parentRefs: ofService(host, 9082), rules: tcp }),
      gatewayApi('TLSRoute', `mesh-${host}`, {
        parentRefs: ofService(host, 9083),
        // Of several, Istio takes only those that are names of the Service, and without one of these every name.
        hostnames: draw(fc.constantFrom(...names), 1),
        rules: tls,
      }),
    )
    dial(`routes mesh-${host}`, host)
  }
  return { yaml: objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'), cases }
}
