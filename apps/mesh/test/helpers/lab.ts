/** A proxy in this process with small backends behind it: rules in, real requests through real sockets. */
import type { Caller, Endpoint } from '@bookinfo/rules/decision'
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AccessLog } from '../../src/access-log.ts'
import type { Door } from '../../src/proxy/door.ts'
import { Exchange } from '../../src/proxy/exchange.ts'
import type { ExchangeRecord } from '../../src/proxy/exchange-record.ts'
import { createListener, listen } from '../../src/proxy/listener.ts'
import type { Proxy } from '../../src/proxy/proxy.ts'
import { createSidecar } from '../../src/proxy/sidecar.ts'
import { Upstreams } from '../../src/proxy/upstreams.ts'
import { RuleStore } from '../../src/rules/store.ts'
import { gateway, labelsOf, principalOf, selectable, servicesOf, workloads, type ExtraPort } from '../../src/topology.ts'
import type { ZipkinSpan } from '../../src/tracing/span.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  ms: number
}

export interface Lab {
  /** Applies YAML. */
  apply(text: string): void
  /** Calls reviews:9080 (or another service) as productpage-v1. */
  call(path: string, options?: CallOptions): Promise<Answer>
  /** Calls the gateway from outside. */
  enter(path: string, options?: CallOptions): Promise<Answer>
  /** Ports: of productpage-v1's listeners for reviews and for any host, of the gateway, and of reviews for clients without a sidecar. */
  ports: { reviews: number; gateway: number; any: number; plaintext: number }
  /** Requests that each pod has received, newest last. */
  seen: Record<string, IncomingMessage[]>
  /** What a pod answers from now on. */
  behave(pod: string, listener: RequestListener): void
  /** Takes a pod's server down; its endpoint stays. */
  breakPod(pod: string): Promise<void>
  /** Lets time pass for outlier detection (ms). */
  pass(ms: number): void
  records: ExchangeRecord[]
  /** Requests that have come to the proxy so far. */
  entered(): number
  accessLog: AccessLog
  /** Where the pods are; another port holds for requests from now on as long as none has been there. */
  endpoints: Endpoint[]
  /** A pod of reviews-v1, past the proxy. */
  directPort: number
  spans: ZipkinSpan[]
  rules: RuleStore
  close(): Promise<void>
}

export interface CallOptions {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
  service?: string
}

/** Answers with the pod's name, so that the way a request took can be seen. */
const named =
  (pod: string): RequestListener =>
  (incoming, response) => {
    incoming.resume()
    response.setHeader('x-pod', pod)
    response.end(pod)
  }

/** One pod of each workload, and of those in `more` that many: `{ 'reviews-v2': 3 }`. Services have the ports of `extra` as well. */
export async function startLab(more: Record<string, number> = {}, extra: readonly ExtraPort[] = []): Promise<Lab> {
  const services = servicesOf(workloads, extra)
  const servers: Server[] = []
  const backends = new Map<string, Server>()
  const behaviours = new Map<string, RequestListener>()
  const seen: Lab['seen'] = {}
  const endpoints: Endpoint[] = []
  for (const workload of workloads) {
    for (let i = 0; i < (more[workload.name] ?? 1); i++) {
      const pod = `${workload.name}-${i}`
      seen[pod] = []
      behaviours.set(pod, named(pod))
      const server = createServer((incoming, response) => {
        seen[pod]!.push(incoming)
        behaviours.get(pod)!(incoming, response)
      })
      const port = await listen(server, 0, '127.0.0.1')
      backends.set(pod, server)
      const [labels, principal] = [labelsOf(workload), principalOf(workload)]
      endpoints.push({ pod, workload: workload.name, namespace: 'default', labels, principal, address: '127.0.0.1', port })
    }
  }
  const records: ExchangeRecord[] = []
  const accessLog = new AccessLog()
  const spans: ZipkinSpan[] = []
  const defects: unknown[] = []
  const rules = new RuleStore({ inventory: () => ({ services, endpoints, workloads: selectable(endpoints) }) })
  const upstreams = new Upstreams()
  const proxy: Proxy = {
    get rules() {
      return rules.rules
    },
    endpoints,
    upstreams,
    random: Math.random,
    ownPorts: new Set(),
    connections: new Set(),
    tracing: { sample: () => true, reporter: { report: (span) => void spans.push(span), close: async () => undefined } },
    onEnd(record) {
      records.push(record)
      accessLog.sent(record)
    },
    onArrival: (arrival) => accessLog.arrived(arrival),
    onDefect: (error) => void defects.push(error),
  }
  let time = Date.now()
  const productpage = workloads[0]!
  const caller: Caller = {
    kind: 'workload',
    name: productpage.name,
    namespace: 'default',
    labels: labelsOf(productpage),
    principal: principalOf(productpage),
    remoteIp: '127.0.0.1',
  }
  const sidecar = createSidecar(caller, 'productpage', 'v1', () => time)
  const edge = createSidecar({ kind: 'gateway', remoteIp: '', ...gateway }, gateway.name, 'v1')
  const outsider = createSidecar(
    { kind: 'workload', name: 'without-sidecar', namespace: 'default', labels: {}, remoteIp: '127.0.0.1' },
    'without-sidecar',
    '',
  )
  let entered = 0
  async function open(door: Door): Promise<number> {
    const server = createListener((client) => {
      entered++
      new Exchange(proxy, door, client).run()
    })
    servers.push(server)
    const port = await listen(server, 0, '127.0.0.1')
    proxy.ownPorts.add(port)
    return port
  }
  const ports = {
    reviews: await open({ sidecar, authority: 'reviews:9080', port: 9080 }),
    any: await open({ sidecar }),
    gateway: await open({ sidecar: edge, port: 0 }),
    plaintext: await open({
      sidecar: outsider,
      authority: 'reviews:9080',
      port: 9080,
      plaintext: services.find(({ name }) => name === 'reviews')!,
    }),
  }
  return {
    apply: (text) => void rules.apply([{ file: 'test.yaml', text }]),
    call: (path, options = {}) => {
      if (!options.service) return send(ports.reviews, path, options)
      return send(ports.any, path, { ...options, headers: { ...options.headers, host: options.service } })
    },
    enter: (path, options) => send(ports.gateway, path, options),
    ports,
    seen,
    behave: (pod, listener) => void behaviours.set(pod, listener),
    async breakPod(pod) {
      const server = backends.get(pod)!
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    pass: (ms) => void (time += ms),
    records,
    entered: () => entered,
    accessLog,
    endpoints,
    directPort: endpoints.find(({ workload }) => workload === 'reviews-v1')!.port,
    spans,
    rules,
    async close() {
      for (const server of [...servers, ...backends.values()]) {
        server.close()
        server.closeAllConnections()
      }
      await upstreams.close()
      // A defect of the proxy itself fails the test that met it.
      if (defects.length > 0) throw defects[0]
    },
  }
}

/** One request on its own connection. */
export function send(port: number, path: string, { method = 'GET', headers = {}, body }: CallOptions = {}): Promise<Answer> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, ms: performance.now() - began }),
      )
      incoming.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Sum of requests that the pods of a workload have received. */
export const hits = ({ seen }: Lab, workload: string) =>
  Object.entries(seen).reduce((sum, [pod, requests]) => sum + (pod.startsWith(`${workload}-`) ? requests.length : 0), 0)

export const portOf = (server: Server) => (server.address() as AddressInfo).port
