/** The life of a service's process: configuration, telemetry, the app, a port, and a graceful end. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { ConfigError, readConfig } from '@bookinfo/contracts/environment'
import type { Static, TObject } from '@bookinfo/contracts/schema'
import { ChassisConfig } from './config.ts'
import { createService } from './create-service.ts'
import { createOutbound, type Outbound } from './outbound.ts'

// A service that starts lean would stay with a young generation half as large, and collect it twice as often under load: it grows in one step.
setFlagsFromString('--semi-space-growth-factor=16')

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
    const outbound = createOutbound({ keepAlive: chassis.OUTBOUND_KEEPALIVE === 'on', drop, tracer: telemetry?.calls })
    const probes = chassis.BOOKINFO_PROBE === 'on' ? [await probeOf(name, chassis)] : []
    const app = await createService(await service(config, outbound), {
      name,
      version,
      logger: { level: chassis.LOG_LEVEL, base: { service: name, version, pod }, stream: logStream() },
      plugins: [...(telemetry ? [telemetry.plugin] : []), ...probes],
      ...(telemetry && { logFields: telemetry.logFields }),
    })
    app.addHook('onClose', () => outbound.close())
    if (drop.length > 0) app.log.warn({ headers: drop }, 'DROP_HEADERS is set: these headers are lost on purpose, and traces will break')
    if (probes.length > 0)
      app.log.warn('BOOKINFO_PROBE is on: any client that reaches /probe/* can make this workload fail and call its neighbours')
    await listen(app, chassis.HOST, chassis.PORT)
    const signal = await asked('SIGTERM', 'SIGINT')
    app.log.info({ signal }, 'draining')
    app.drain()
    // Ctrl-C has no balancer behind it that would need the time.
    if (signal === 'SIGTERM') await Promise.race([sleep(chassis.DRAIN_DELAY_MS), asked('SIGINT')])
    const limit = setTimeout(() => app.server.closeAllConnections(), closeLimit)
    await app.close()
    clearTimeout(limit)
    await telemetry?.stop()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${name}: ${explain(error)}\n`)
    process.exit(1)
  }
}

async function probeOf(service: string, chassis: ChassisConfig): Promise<FastifyPluginAsync> {
  const [{ probe }, { readDetours }] = await Promise.all([import('./probe/plugin.ts'), import('./probe/call-targets.ts')])
  return probe({
    self: { namespace: chassis.POD_NAMESPACE, service, version: chassis.SERVICE_VERSION, pod: chassis.HOSTNAME },
    hosts: chassis.BOOKINFO_PROBE_HOSTS.toLowerCase().split(',').filter(Boolean),
    detours: readDetours(chassis.BOOKINFO_PROBE_DETOURS),
  })
}

/** Lines are written together, at most 100 ms late and always before the process ends: one write per line would cost a third of a small service's time. */
function logStream() {
  const stream = pino.destination({ dest: 1, sync: true, minLength: 4096, periodicFlush: 100 })
  process.on('exit', () => stream.flushSync())
  // A full disk costs log lines, never the service.
  stream.on('error', () => {})
  return stream
}

async function listen(app: FastifyInstance, host: string | undefined, port: number) {
  try {
    await app.listen({ host: host ?? '::', port })
  } catch (error) {
    const noIpv6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (host !== undefined || !noIpv6) throw error
    await app.listen({ host: '0.0.0.0', port })
  }
}

/** The first of these signals that asks this process to stop; the same again ends it at once. */
const asked = (...signals: NodeJS.Signals[]) =>
  new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of signals) process.once(signal, resolve)
  })

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const { code, message, stack } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  if (code === 'EADDRINUSE') return `PORT is taken (${message}): expected a free port, set PORT to another one`
  if (code === 'EACCES') return `PORT is not allowed (${message}): expected a port from 1024 on, or the right to listen below`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST is not an address of this machine (${message})`
  return stack ?? message
}
