/** The local mesh: pods, the proxy between them, and the way in. */
import type { Inventory } from '@bookinfo/rules/decision'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from './config.ts'
import { Fleet } from './pods/fleet.ts'
import type { Door, Sidecar } from './proxy/door.ts'
import { evenSpread } from './proxy/even-spread.ts'
import type { ExchangeRecord } from './proxy/exchange-record.ts'
import { createListener, listen } from './proxy/listener.ts'
import type { Proxy } from './proxy/proxy.ts'
import { createSidecar } from './proxy/sidecar.ts'
import { Upstreams } from './proxy/upstreams.ts'
import { gateway, labelsOf, namespace, principalOf, servicePort, services, workloads, type AppName, type Workload } from './topology.ts'
import type { Sampler } from './tracing/sampler.ts'
import type { SpanReporter } from './tracing/span.ts'

export interface MeshOptions {
  /** 0 for any free one. */
  gatewayPort: number
  /** Environment that the workloads inherit. */
  env: Readonly<Record<string, string | undefined>>
  logLevel: string
  tracing?: { sample: Sampler; reporter: SpanReporter }
  /** Collector that the services report their own spans to; none leaves them in forward mode. */
  appSpansTo?: string
  onEnd?(record: ExchangeRecord): void
  onDefect?(error: unknown): void
  /** File that runs a workload, for tests; its own main.ts otherwise. */
  main?: (workload: Workload) => string
  backOffMs?: number
}

export interface Mesh {
  fleet: Fleet
  proxy: Proxy
  gatewayPort: number
  sidecars: ReadonlyMap<string, Sidecar>
  /** Ports of a workload's outbound listeners by service; `*` is the one where the Host header says. */
  outbound: ReadonlyMap<string, ReadonlyMap<string, number>>
  inventory(): Inventory
  stop(): Promise<void>
}

/** Starts listeners, then pods. @throws ConfigError when a port is taken. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const upstreams = new Upstreams()
  const servers: Server[] = []
  const outbound = new Map<string, Map<string, number>>()
  const fleet = new Fleet({
    workloads,
    environment: (workload) => environment(workload, outbound.get(workload.name)!, options, sessionSecret),
    ...(options.main && { main: options.main }),
    ...(options.backOffMs !== undefined && { backOffMs: options.backOffMs }),
  })
  const sessionSecret = options.env['SESSION_SECRET'] ?? randomBytes(32).toString('hex')
  const proxy: Proxy = {
    rules: { warnings: [], listeners: [] } as RuleSet,
    engine: evenSpread(() => fleet.endpoints),
    upstreams,
    random: Math.random,
    ownPorts: new Set(),
    onEnd: options.onEnd ?? (() => undefined),
    onDefect: options.onDefect ?? ((error) => console.error(error)),
    ...(options.tracing && { tracing: options.tracing }),
  }
  const sidecars = new Map(workloads.map((workload) => [workload.name, sidecarOf(workload)]))

  async function open(door: Door, port = 0, host = '127.0.0.1'): Promise<number> {
    const server = createListener(proxy, door)
    const given = await listen(server, port, host)
    servers.push(server)
    proxy.ownPorts.add(given)
    return given
  }

  const gatewayPort = await openGateway(open, options.gatewayPort)
  for (const { name, calls } of workloads) {
    const sidecar = sidecars.get(name)!
    const ports = new Map<string, number>()
    for (const service of calls) ports.set(service, await open({ sidecar, authority: `${service}:${servicePort}`, port: servicePort }))
    ports.set('*', await open({ sidecar, port: 80 }))
    outbound.set(name, ports)
  }
  const inventory = () => ({ services, endpoints: fleet.endpoints })
  fleet.on('change', () => upstreams.keep(new Set(fleet.replicas.map(({ pod }) => `http://127.0.0.1:${pod.port}`))))
  fleet.start()

  return {
    fleet,
    proxy,
    gatewayPort,
    sidecars,
    outbound,
    inventory,
    async stop() {
      for (const server of servers) server.close()
      await fleet.stop()
      for (const server of servers) server.closeAllConnections()
      await upstreams.close()
    },
  }
}

async function openGateway(open: (door: Door, port: number, host: string) => Promise<number>, asked: number): Promise<number> {
  const { name, namespace: home, labels, principal } = gateway
  const caller = { kind: 'gateway', name, namespace: home, labels, principal, remoteIp: '' } as const
  const door: Door = { sidecar: createSidecar(caller, name, 'v1'), port: 0 }
  return listenBothWays('GATEWAY_PORT', asked, (port, host) => open(door, port, host))
}

/** Opens 127.0.0.1 and, where the machine has it, ::1 on the same port. @throws ConfigError naming `variable` when the port is taken. */
export async function listenBothWays(
  variable: string,
  asked: number,
  open: (port: number, host: string) => Promise<number>,
): Promise<number> {
  const guarded = (port: number, host: string) =>
    open(port, host).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new ConfigError(`${variable} ${port} is taken: stop what listens there, or set ${variable} to a free port`)
      if (error.code === 'EACCES') throw new ConfigError(`${variable} ${port} is not allowed: set ${variable} to a port from 1024 on`)
      if (host === '::1' && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) return port
      throw error
    })
  const port = await guarded(asked, '127.0.0.1')
  await guarded(port, '::1')
  return port
}

function sidecarOf(workload: Workload): Sidecar {
  const { name, app, version } = workload
  const caller = {
    kind: 'workload',
    name,
    namespace,
    labels: labelsOf(workload),
    principal: principalOf(workload),
    remoteIp: '127.0.0.1',
  } as const
  return createSidecar(caller, app, version)
}

/** Variables of this process that would change what a workload is or where it listens. */
const notInherited = /^(HOST|PORT|HOSTNAME|SERVICES_DOMAIN|SERVICE_VERSION|ENABLE_RATINGS|STAR_COLOR|OTEL_.*|.*_(HOSTNAME|SERVICE_PORT))$/

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
  }
  return {
    ...inherited,
    ...neighbours,
    LOG_LEVEL: logLevel,
    OUTBOUND_KEEPALIVE: 'on',
    // Its proxy stops sending before it is told to stop: there is nothing to wait for.
    DRAIN_DELAY_MS: '0',
    NODE_COMPILE_CACHE: join(tmpdir(), `bookinfo-compile-cache-${userInfo().username}`),
    ...(app === 'productpage' && { SESSION_SECRET: sessionSecret }),
    ...(appSpansTo === undefined
      ? { OTEL_TRACES_EXPORTER: 'none' }
      : { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: appSpansTo, OTEL_TRACES_SAMPLER: 'parentbased_always_on' }),
  }
}
