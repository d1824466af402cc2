/** The life of a service's process: configuration, telemetry, the app, a port, and a graceful end. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { once } from 'node:events'
import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { ConfigError, readConfig } from '@bookinfo/contracts/environment'
import type { Static, TObject } from '@bookinfo/contracts/schema'
import { ChassisConfig, grpcAddresses } from './config.ts'
import { createService } from './create-service.ts'
import { createOutbound, http2Wire, type Outbound, type Wire } from './outbound.ts'
import type { Probe } from './probe/plugin.ts'

/** Milliseconds that requests in flight get after the drain delay, longer than the slowest route's own limit. */
const closeLimit = 20_000

/**
 * Runs `service` as this process until SIGTERM or Ctrl-C, then drains it and exits 0.
 * With `--help` it lists the variables instead. Configuration that cannot be used, or a port that cannot be had, exits 1 with one line on stderr.
 */
export async function serve<Schema extends TObject>(
  name: string,
  schema: Schema,
  service: (config: Static<Schema>, outbound: Outbound) => FastifyPluginAsync | Promise<FastifyPluginAsync>,
): Promise<void> {
  if (process.argv[2] === '--help') {
    const { environmentHelp } = await import('@bookinfo/contracts/environment-help')
    process.stdout.write(`Runs ${name} until SIGTERM or Ctrl-C.\n\nEnvironment:\n${environmentHelp(ChassisConfig, schema)}\n`)
    return
  }
  try {
    const chassis = readConfig(ChassisConfig, process.env)
    const config = readConfig(schema, process.env)
    const { SERVICE_VERSION: version, HOSTNAME: pod } = chassis
    // Loaded in span mode only, so that forward mode starts fast and stays small.
    const tracing = chassis.OTEL_TRACES_EXPORTER !== 'none' && !chassis.OTEL_SDK_DISABLED
    const telemetry = tracing
      ? await (await import('./telemetry/start.ts')).startTelemetry({ service: name, version, pod }, process.env)
      : undefined
    const drop = chassis.DROP_HEADERS.toLowerCase()
      .split(',')
      .map((header) => header.trim())
      .filter(Boolean)
    const keepAlive = chassis.OUTBOUND_KEEPALIVE === 'on'
    const inside = await insideWire(chassis.OUTBOUND_PROTOCOL, config, keepAlive)
    const outbound = createOutbound({ keepAlive, inside, drop, tracer: telemetry?.calls })
    const probe = chassis.BOOKINFO_PROBE === 'on' ? await probeOf(name, chassis) : undefined
    const grpc = chassis.GRPC_PORT === undefined ? undefined : await grpcOf(name, probe)
    const app = await createService(await service(config, outbound), {
      name,
      version,
      logger: { level: chassis.LOG_LEVEL, base: { service: name, version, pod }, stream: logStream() },
      plugins: [telemetry?.plugin, probe?.plugin].filter((plugin) => plugin !== undefined),
      grpc,
      ...(telemetry && { logFields: telemetry.logFields }),
    })
    app.addHook('onClose', () => outbound.close())
    if (drop.length > 0) app.log.warn({ headers: drop }, 'DROP_HEADERS is set: these headers are lost on purpose, and traces will break')
    if (probe) app.log.warn('BOOKINFO_PROBE is on: any client that reaches /probe/* can make this workload fail and call its neighbours')
    await listen('PORT', chassis.HOST, (host) => app.listen({ host, port: chassis.PORT }))
    const { GRPC_PORT: port = chassis.PORT } = chassis
    if (port !== chassis.PORT) await listen('GRPC_PORT', chassis.HOST, (host) => app.listenToo({ host, port }))
    const echoes = probe ? await listenForEchoes(probe, chassis) : []
    const signal = await asked('SIGTERM', 'SIGINT')
    app.log.info({ signal }, 'draining')
    app.drain()
    // Ctrl-C has no balancer behind it that would need the time.
    if (signal === 'SIGTERM') await Promise.race([sleep(chassis.DRAIN_DELAY_MS), asked('SIGINT')])
    const limit = setTimeout(() => app.closeAllConnections(), closeLimit)
    for (const echo of echoes) echo.close()
    await app.close()
    clearTimeout(limit)
    await telemetry?.stop()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${name}: ${explain(error)}\n`)
    process.exit(1)
  }
}

async function insideWire(protocol: ChassisConfig['OUTBOUND_PROTOCOL'], config: object, keepAlive: boolean): Promise<Wire | undefined> {
  if (protocol === 'h2c') return http2Wire(keepAlive)
  if (protocol === 'grpc') return (await import('./grpc/wire.ts')).grpcWire(grpcAddresses(config as Record<string, unknown>), keepAlive)
  return undefined
}

async function probeOf(service: string, chassis: ChassisConfig): Promise<Probe> {
  const [{ createProbe }, { readDetours }] = await Promise.all([import('./probe/plugin.ts'), import('./probe/call-targets.ts')])
  return createProbe({
    self: { namespace: chassis.POD_NAMESPACE, service, version: chassis.SERVICE_VERSION, pod: chassis.HOSTNAME },
    hosts: chassis.BOOKINFO_PROBE_HOSTS.toLowerCase().split(',').filter(Boolean),
    detours: readDetours(chassis.BOOKINFO_PROBE_DETOURS),
    tunnel: chassis.BOOKINFO_PROBE_TUNNEL || undefined,
  })
}

/** The ports of probes that are not HTTP's. */
async function listenForEchoes({ self }: Probe, chassis: ChassisConfig): Promise<Server[]> {
  const { HOST, PROBE_TCP_PORT: tcp, PROBE_TLS_PORT: tls, PROBE_TLS_CERT: certificate, PROBE_TLS_KEY: key } = chassis
  if (tcp === undefined && tls === undefined) return []
  if (!certificate !== !key)
    throw new ConfigError('PROBE_TLS_CERT or PROBE_TLS_KEY is not set: expected both, the files of a certificate and its key, or neither')
  const files = certificate !== undefined && key !== undefined ? { certificate, key } : undefined
  const { tcpEcho, tlsEcho } = await import('./probe/tcp-echo.ts')
  const open = async (variable: string, port: number, server: Server) => {
    await listen(variable, HOST, (host) => once(server.listen({ host, port }), 'listening'))
    return server
  }
  return [
    ...(tcp === undefined ? [] : [await open('PROBE_TCP_PORT', tcp, tcpEcho(self))]),
    ...(tls === undefined
      ? []
      : [
          await open(
            'PROBE_TLS_PORT',
            tls,
            usable(() => tlsEcho(self, files)),
          ),
        ]),
  ]
}

function usable(make: () => Server): Server {
  try {
    return make()
  } catch (error) {
    throw new ConfigError(
      `PROBE_TLS_CERT or PROBE_TLS_KEY cannot be used (${(error as Error).message}): expected a certificate and its key in PEM`,
    )
  }
}

async function grpcOf(name: string, probe: Probe | undefined) {
  const { grpcFace } = await import('./grpc/face.ts')
  const echo = probe && (await import('./probe/grpc-echo.ts')).grpcEcho(probe)
  return (app: FastifyInstance) => grpcFace(app, name, echo)
}

/** Lines are written together, at most 100 ms late and always before the process ends: one write per line would cost a third of a small service's time. */
function logStream() {
  const stream = pino.destination({ dest: 1, sync: true, minLength: 4096, periodicFlush: 100 })
  process.on('exit', () => stream.flushSync())
  // A full disk costs log lines, never the service.
  stream.on('error', () => {})
  return stream
}

async function listen(variable: string, host: string | undefined, open: (host: string) => Promise<unknown>) {
  try {
    await open(host ?? '::').catch(async (error: NodeJS.ErrnoException) => {
      const noIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(error.code ?? '')
      if (host !== undefined || !noIpv6) throw error
      await open('0.0.0.0')
    })
  } catch (error) {
    throw Object.assign(error as Error, { variable })
  }
}

/** The first of these signals that asks this process to stop; the same again ends it at once. */
const asked = (...signals: NodeJS.Signals[]) =>
  new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of signals) process.once(signal, resolve)
  })

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const { code, message, stack, variable = 'PORT' } = error as NodeJS.ErrnoException & { variable?: string }
  if (code === 'EADDRINUSE') return `${variable} is taken (${message}): expected a free port, set ${variable} to another one`
  if (code === 'EACCES') return `${variable} is not allowed (${message}): expected a port from 1024 on, or the right to listen below`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST is not an address of this machine (${message})`
  return stack ?? message
}
