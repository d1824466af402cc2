/** The local mesh: pods, the proxy between them, and the way in. */
import type { MeshService } from '@bookinfo/rules/decision'
import type { Reach } from '@bookinfo/rules/gateway-status'
import type { Place } from '@bookinfo/rules/gateway-view'
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { compileCache } from './compile-cache.ts'
import type { RemoteConfig } from './config.ts'
import { GatewayDoor } from './gateway-door.ts'
import { listenBothWays, localAddress } from './listen-both-ways.ts'
import { Fleet, type AnyFleet, type Replica } from './pods/fleet.ts'
import { placed } from './pods/pod-labels.ts'
import { PortDoors } from './port-doors.ts'
import type { Door, Sidecar } from './proxy/door.ts'
import type { PassedConnection } from './proxy/tcp-record.ts'
import { createTcpListener } from './proxy/tcp-listener.ts'
import type { Arrival, ExchangeRecord } from './proxy/exchange-record.ts'
import type { ClientSide, Handle } from './proxy/client-side.ts'
import { createListener, listen, type Tunnel } from './proxy/listener.ts'
import { noHealthyUpstream } from './proxy/local-replies.ts'
import type { Proxy } from './proxy/proxy.ts'
import { createSidecar } from './proxy/sidecar.ts'
import { podOrigin } from './proxy/upstream-address.ts'
import { KeyFetcher } from './rules/fetched-keys.ts'
import type { RuleStore, RuleStoreOptions } from './rules/store.ts'
import {
  callerOf,
  extraPorts as extraPortsOf,
  gateway,
  grpcPort,
  speaksHttp,
  namespace,
  outboundName,
  outboundPortsOf,
  selectable,
  servicePort,
  servicesOf,
  workloads as ownWorkloads,
  type AppName,
  type Workload,
} from './topology.ts'
import type { Sampler } from './tracing/sampler.ts'
import type { SpanReporter } from './tracing/span.ts'

export interface MeshOptions {
  /** 0 for any free one. */
  gatewayPort: number
  /** Open while a Gateway uses TLS; any free one by default. */
  gatewayTlsPort?: number
  /** Whether that port may move to the next free one. */
  gatewayTlsPortMoves?: boolean
  /** Environment that the workloads inherit. */
  env: Readonly<Record<string, string | undefined>>
  logLevel: string
  /** Whether services have a port for gRPC; with probes they always have. */
  grpc?: boolean
  tracing?: { sample: Sampler; reporter: SpanReporter }
  /** Collector that the services report their own spans to; none leaves them in forward mode. */
  appSpansTo?: string
  /** Mesh-wide settings of the rules, and where they are saved. */
  rules?: Omit<RuleStoreOptions, 'inventory' | 'fetchedKeys' | 'reach'>
  onEnd?: (record: ExchangeRecord) => void
  onArrival?: (arrival: Arrival) => void
  onConnection?: (connection: PassedConnection) => void
  onConnectionEnd?: (connection: PassedConnection) => void
  onDefect?: (error: unknown) => void
  /** File that runs a workload, for tests; its own main.ts otherwise. */
  main?: (workload: Workload) => string
  backOffMs?: number
  /** Workloads that others run; none are started then. */
  remote?: RemoteConfig & { probeEveryMs?: number }
}

export interface Mesh {
  fleet: AnyFleet
  workloads: readonly Workload[]
  services: readonly MeshService[]
  /** Whether the mesh started the pods, and so may end them. */
  startsPods: boolean
  proxy: Proxy
  gatewayPort: number
  tlsDoor: GatewayDoor
  /** Where the gateway speaks TLS, or would. */
  gatewayTlsPort: number | undefined
  /** Ports of listeners that have no front door. */
  portDoors: PortDoors
  /** Resolves when what rules need in addition to routing is ready: a port for TLS, keys of issuers. */
  settled(): Promise<void>
  gateway: Sidecar
  sidecars: ReadonlyMap<string, Sidecar>
  /** Ports of a workload's outbound listeners by `outboundName()`; `*` is the one where the Host header says. */
  outbound: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Ports where each service answers clients that have no sidecar. */
  plaintext: ReadonlyMap<string, number>
  rules: RuleStore
  stop(): Promise<void>
}

/** Starts listeners, then pods. @throws ConfigError when a port is taken. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const servers: Server[] = []
  const outbound = new Map<string, Map<string, number>>()
  const { remote } = options
  const workloads = remote?.workloads ?? ownWorkloads
  const probes = options.env['BOOKINFO_PROBE'] === 'on'
  const extraPorts = extraPortsOf(options.grpc ?? false, probes)
  const services = servicesOf(workloads, extraPorts)
  const fleet: AnyFleet = remote
    ? new (await import('./pods/remote-fleet.ts')).RemoteFleet(remote.pods, extraPorts, remote.probeEveryMs)
    : new Fleet({
        workloads,
        extraPorts,
        environment: (workload) => environment(workload, outbound.get(workload.name)!, options, sessionSecret),
        ...(options.main && { main: options.main }),
        ...(options.backOffMs !== undefined && { backOffMs: options.backOffMs }),
        busy(pod, waitedMs) {
          const active = [edge, outsider, ...sidecars.values()].reduce((sum, { balancer }) => sum + balancer.active(pod), 0)
          if (active === 0 || waitedMs < longestTcpDrainMs) return active > 0
          return active > [...proxy.connections].filter((each) => each.pod === pod).length
        },
      })
  const sessionSecret = options.env['SESSION_SECRET'] ?? randomBytes(32).toString('hex')
  const sidecars = new Map(workloads.map((workload) => [workload.name, sidecarOf(workload)]))

  const ownPorts = new Set<number>()
  let handle: (door: Door, ...request: Parameters<Handle>) => void = notYet

  async function open(door: Door, port = 0, host = '127.0.0.1'): Promise<number> {
    const server = createListener((client) => handle(door, client), {}, door.tunnels ? tunnelAt(door) : undefined)
    const given = await listen(server, port, host)
    servers.push(server)
    ownPorts.add(given)
    return given
  }

  // Loaded for the first connection that is not HTTP.
  const tunnelAt =
    (door: Door): Tunnel =>
    (raw, socket, head) =>
      void import('./proxy/tunnels.ts')
        .then(({ openTunnel }) => openTunnel({ proxy, door, handle }, raw, socket, head))
        .catch((error) => {
          socket.destroy()
          proxy.onDefect(error)
        })
  const passFrom = async (port: number) => {
    const { TcpConnection } = await import('./proxy/tcp-connection.ts')
    return (socket: Socket, sni?: string, tls = false) =>
      new TcpConnection(socket, {
        proxy,
        sidecar: edge,
        connection: { host: '', port, ...(tls && { tls: sni === undefined ? {} : { sni } }) },
      }).run()
  }

  const edge = createSidecar({ kind: 'gateway', remoteIp: '', ...gateway }, gateway.name, 'v1')
  const front: Door = { sidecar: edge, port: 0, httpsPort: () => tlsDoor.port }
  // Loaded when a Gateway needs it: node:tls would slow down every other start.
  async function createTls(port: number) {
    const { createTlsListener } = await import('./proxy/tls-listener.ts')
    const door: Door = { sidecar: edge, port, tls: true }
    const pass = await passFrom(port)
    return createTlsListener(
      (client) => handle(door, client),
      (name) => rules.rules.gateways.frontFor(name, edge.caller, port),
      (socket, sni) => pass(socket, sni, true),
      options.onDefect ?? ((error) => console.error(error)),
    )
  }
  const tlsDoor = new GatewayDoor({
    name: 'GATEWAY_TLS_PORT',
    port: options.gatewayTlsPort ?? 0,
    fixed: !options.gatewayTlsPortMoves,
    host: remote?.host,
    create: () => createTls(0),
  })
  const portDoors = new PortDoors({
    host: remote?.host,
    create({ scheme, port }) {
      if (scheme === 'https') return createTls(port)
      if (scheme === 'tcp') return createTcpListener(passFrom(port))
      const door: Door = { sidecar: edge, port, httpsPort: () => tlsDoor.port }
      return createListener((client) => handle(door, client))
    },
  })
  const gatewayPort = await listenBothWays('GATEWAY_PORT', options.gatewayPort, (port, host) => open(front, port, host), remote?.host)
  for (const [index, { name, calls }] of workloads.entries()) {
    const sidecar = sidecars.get(name)!
    const ports = new Map<string, number>()
    const fixed = remote && outboundPortsOf(remote.outboundPort, index)
    const openFor = async (listener: string, door: Door) => {
      const opened = fixed
        ? await listenBothWays('OUTBOUND_PORT', fixed.get(listener)!, (port, host) => open(door, port, host), remote.host)
        : await open(door)
      ports.set(listener, opened)
    }
    const httpPorts = [servicePort, ...extraPorts.filter((each) => each === grpcPort).map(({ number }) => number)]
    for (const port of httpPorts)
      for (const service of calls) await openFor(outboundName(service, port), { sidecar, authority: `${service}:${port}`, port })
    await openFor('*', { sidecar, tunnels: true })
    // Probes may ask any service, under any name.
    if (!remote && probes)
      for (const port of [servicePort, ...extraPorts.filter(speaksHttp).map(({ number }) => number)])
        ports.set(outboundName('probe', port), await open({ sidecar, port }))
    outbound.set(name, ports)
  }
  const plaintext = new Map<string, number>()
  const outsider = createSidecar(
    { kind: 'workload', name: 'without-sidecar', namespace, labels: {}, remoteIp: '127.0.0.1' },
    'without-sidecar',
    '',
  )
  for (const service of services) {
    const authority = `${service.name}:${servicePort}`
    plaintext.set(service.name, await open({ sidecar: outsider, authority, port: servicePort, plaintext: service, tunnels: true }))
  }
  fleet.start()

  // Loaded while the workloads start: they need the listeners' ports, and nothing of what stands behind them yet.
  const [{ Exchange }, { Upstreams }, { RuleStore }] = await Promise.all([
    import('./proxy/exchange.ts'),
    import('./proxy/upstreams.ts'),
    import('./rules/store.ts'),
  ])
  const upstreams = new Upstreams()
  const inventory = () => ({ services, endpoints: fleet.endpoints, workloads: selectable(fleet.replicas) })
  const issuers = new KeyFetcher()
  let tlsProblem: string | undefined
  const url = ({ scheme }: Place, port: number | undefined) => (port === undefined ? {} : { url: `${scheme}://localhost:${port}` })
  const reach: Reach = {
    address: { type: 'IPAddress', value: localAddress(remote?.host).replaceAll(/[[\]]/g, '') },
    at(place) {
      if (place.front && place.scheme === 'http') return url(place, gatewayPort)
      if (place.front) return { ...url(place, tlsDoor.port), problem: tlsProblem }
      const { port, problem } = portDoors.reached(place)
      return { ...url(place, port), problem }
    },
  }
  const rules = new RuleStore({ ...options.rules, inventory, reach, fetchedKeys: () => issuers.keys })
  const proxy: Proxy = {
    get rules() {
      return rules.rules
    },
    get endpoints() {
      return fleet.endpoints
    },
    upstreams,
    random: Math.random,
    ownPorts,
    connections: new Set(),
    ...(options.onConnection && { onConnection: options.onConnection }),
    ...(options.onConnectionEnd && { onConnectionEnd: options.onConnectionEnd }),
    onEnd: options.onEnd ?? (() => undefined),
    ...(options.onArrival && { onArrival: options.onArrival }),
    onDefect: options.onDefect ?? ((error) => console.error(error)),
    ...(options.tracing && { tracing: options.tracing }),
  }
  handle = (door, client) => new Exchange(proxy, door, client).run()
  rules.on('change', () => {
    const doors = rules.rules.gateways.doors(edge.caller)
    tlsDoor.want(doors.some((each) => each.front && each.scheme === 'https'))
    portDoors.want(doors.filter((each) => !each.front))
    issuers.want(rules.rules.policies.tokens.keyUris)
  })
  issuers.on('change', () => rules.recompile())
  const opened = (port: number) => {
    ownPorts.add(port)
    rules.refresh()
  }
  tlsDoor.on('open', (port) => {
    tlsProblem = undefined
    opened(port)
  })
  tlsDoor.on('problem', ({ message }) => {
    tlsProblem = message
    rules.refresh()
  })
  portDoors.on('open', (_place, port) => opened(port))
  portDoors.on('problem', () => rules.refresh())
  fleet.on('change', () => {
    for (const { name } of workloads) standBeside(sidecars.get(name)!, fleet.of(name)[0])
    rules.recompile()
    upstreams.keep(
      new Set(fleet.replicas.flatMap(({ pod }) => [pod.port, ...Object.values(pod.ports)].map((port) => podOrigin({ ...pod, port })))),
    )
  })

  return {
    fleet,
    workloads,
    services,
    startsPods: !remote,
    proxy,
    gatewayPort,
    tlsDoor,
    get gatewayTlsPort() {
      return tlsDoor.port ?? (options.gatewayTlsPort || undefined)
    },
    portDoors,
    settled: async () => void (await Promise.all([tlsDoor.settled(), portDoors.settled(), issuers.settled()])),
    gateway: edge,
    sidecars,
    outbound,
    plaintext,
    rules,
    async stop() {
      for (const server of servers) server.close()
      issuers.close()
      await Promise.all([tlsDoor.stop(), portDoors.stop()])
      await fleet.stop()
      for (const server of servers) server.closeAllConnections()
      for (const connection of proxy.connections) connection.destroy()
      await upstreams.close()
    },
  }
}

/** How long connections without HTTP have until the pod that they go to is stopped: Istio's `terminationDrainDuration` (ms). */
const longestTcpDrainMs = 5_000

/** Envoy's answer while there is no endpoint for a request. */
function notYet(_door: Door, client: ClientSide) {
  client.begin(503, { 'content-type': ['text/plain'], server: ['istio-envoy'] }, false)
  client.end(noHealthyUpstream)
}

/** Pods of one workload send through one sidecar: it is where the first of them is, and has its labels. */
function standBeside(sidecar: Sidecar, first: Replica | undefined) {
  if (!first) return
  const { locality: _, ...caller } = sidecar.caller
  sidecar.caller = { ...caller, ...placed(first.labels) }
}

function sidecarOf(workload: Workload): Sidecar {
  return createSidecar(callerOf(workload), workload.app, workload.version)
}

/** Variables of this process that would change what a workload is or where it listens. */
const notInherited =
  /^(HOST|PORT|GRPC_PORT|PROBE_TCP_PORT|PROBE_TLS_PORT|HOSTNAME|SERVICES_DOMAIN|SERVICE_VERSION|ENABLE_RATINGS|STAR_COLOR|OTEL_(SERVICE_NAME|RESOURCE_ATTRIBUTES|TRACES_.*|EXPORTER_.*)|.*_(HOSTNAME|SERVICE_PORT|GRPC_PORT))$/

function environment(
  { app }: Workload,
  ports: ReadonlyMap<string, number>,
  { env, logLevel, appSpansTo }: MeshOptions,
  sessionSecret: string,
): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined && !notInherited.test(name)) inherited[name] = value
  const neighbours: Record<string, string> = {}
  for (const service of ['details', 'reviews', 'ratings'] satisfies AppName[]) {
    const port = ports.get(service)
    if (port === undefined) continue
    neighbours[`${service.toUpperCase()}_HOSTNAME`] = '127.0.0.1'
    neighbours[`${service.toUpperCase()}_SERVICE_PORT`] = String(port)
    const forGrpc = ports.get(outboundName(service, grpcPort.number))
    if (forGrpc !== undefined) neighbours[`${service.toUpperCase()}_GRPC_PORT`] = String(forGrpc)
  }
  const any = `127.0.0.1:${ports.get('*')}`
  const probes = [servicePort, ...extraPortsOf(true, true).map(({ number }) => number)].flatMap((number) => {
    const port = ports.get(outboundName('probe', number))
    return port === undefined ? [] : [`${number}=127.0.0.1:${port}`]
  })
  return {
    ...inherited,
    ...neighbours,
    ...(probes.length > 0 && { BOOKINFO_PROBE_DETOURS: [...probes, `80=${any}`].join(','), BOOKINFO_PROBE_TUNNEL: any }),
    LOG_LEVEL: logLevel,
    OUTBOUND_KEEPALIVE: 'on',
    // Its proxy stops sending before the pod gets the signal to stop: there is nothing to wait for.
    DRAIN_DELAY_MS: '0',
    NODE_COMPILE_CACHE: compileCache,
    ...(app === 'productpage' && { SESSION_SECRET: sessionSecret }),
    ...(appSpansTo === undefined
      ? { OTEL_TRACES_EXPORTER: 'none' }
      : {
          OTEL_TRACES_EXPORTER: 'zipkin',
          OTEL_EXPORTER_ZIPKIN_ENDPOINT: appSpansTo,
          OTEL_TRACES_SAMPLER: 'parentbased_always_on',
          // A user who loads a page wants to see its trace at once, not after the usual five seconds.
          OTEL_BSP_SCHEDULE_DELAY: env['OTEL_BSP_SCHEDULE_DELAY'] ?? '500',
        }),
  }
}
