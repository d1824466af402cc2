/** The local mesh, from its options to Ctrl-C. */
import { ConfigError } from '@bookinfo/contracts/environment'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { AccessLog, accessLogLine, connectionLogLine } from './access-log.ts'
import { readMeshConfig, type MeshConfig } from './config.ts'
import { exchangeTeller } from './control/publish.ts'
import { EventStream } from './control/events.ts'
import { Stats } from './control/stats.ts'
import { announceMesh } from './find-mesh.ts'
import { startMesh, type Mesh } from './mesh.ts'
import { mainOf } from './pods/pod.ts'
import { allReady } from './ready.ts'
import { loadRules, saveRules } from './rules/state-file.ts'
import { paint, say, seconds, table } from './terminal.ts'
import { createSampler } from './tracing/sampler.ts'
import type { SpanReporter } from './tracing/span.ts'
import { SpanStore } from './zipkin/span-store.ts'

const options = {
  state: { type: 'string' },
  bare: { type: 'boolean' },
  set: { type: 'string', multiple: true },
  'access-log': { type: 'boolean' },
  logs: { type: 'boolean' },
  grpc: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main() {
  const { values: flags } = parseArgs({ options })
  if (flags.help) {
    const { help } = await import('./start-help.ts')
    process.stdout.write(help())
    return
  }
  const config = readMeshConfig(process.env)
  const { remote } = config
  if (!remote && !existsSync(mainOf('productpage')))
    throw new ConfigError('WORKLOADS is not set, and there is nothing here that could be started: expected where the workloads are')
  const began = performance.now()
  const tracing = await tracingOf(config)
  let consoleAddress: string | undefined
  const collector = await collectorForServices(config, tracing?.store, () => consoleAddress)
  const appSpansTo = collector ? `http://127.0.0.1:${collector.port}/api/v2/spans` : config.OTEL_EXPORTER_ZIPKIN_ENDPOINT
  const stats = new Stats()
  const accessLog = new AccessLog()
  const events = new EventStream()
  const tell = exchangeTeller(events)
  const saved = flags.state === undefined ? undefined : loadRules(flags.state)
  const { state } = flags
  const mesh = await startMesh({
    gatewayPort: config.GATEWAY_PORT,
    gatewayTlsPort: config.GATEWAY_TLS_PORT,
    gatewayTlsPortMoves: !config.gatewayTlsPortFixed,
    env: { FRAME_ANCESTORS: consoleOrigins(config.CONSOLE_PORT), ...process.env },
    logLevel: config.LOG_LEVEL,
    grpc: flags.grpc ?? config.GRPC === 'on',
    ...(tracing && { tracing }),
    ...(tracing && appSpansTo !== undefined && { appSpansTo }),
    ...(remote && { remote }),
    rules: { mesh: meshSettings(flags.set ?? []), ...(state !== undefined && { save: (rules) => saveRules(state, rules) }) },
    onEnd(record) {
      stats.record(record)
      accessLog.sent(record)
      tell(record)
      if (flags['access-log']) say(accessLogLine(record))
    },
    onArrival: (arrival) => accessLog.arrived(arrival),
    onConnection: (connection) => stats.opened(connection),
    onConnectionEnd(connection) {
      const { record } = connection
      stats.ended(connection)
      accessLog.passed(record)
      if (flags['access-log']) say(connectionLogLine(record))
    },
  })
  const closing: (() => Promise<void> | void)[] = [() => mesh.stop(), () => tracing?.reporter.close()]
  stopOnSignal(closing)
  mesh.tlsDoor.on('open', (port) => say(`${paint('green', '●')} the gateway speaks TLS: https://localhost:${port}`))
  mesh.tlsDoor.on('problem', ({ message }) => say(`${paint('red', '✗')} no TLS at the gateway: ${message}`))
  if (saved) mesh.rules.restore(saved)
  else if (!flags.bare) {
    const { startingRules } = await import('./control/library.ts')
    mesh.rules.apply([startingRules()])
  }
  mesh.fleet.on('death', ({ pod }, { how, stderr }) => {
    say(`${paint('red', '✗')} ${pod.name} ${remote ? `is down (${how})` : `died (${how}); it is started again`}`)
    for (const line of stderr) say(`    ${line}`)
  })
  if (flags.logs) mesh.fleet.on('line', ({ pod }, { text }) => say(`${paint('dim', pod.name)} ${text}`))

  // What others run may come later, or not at all.
  if (!remote) await allReady(mesh.fleet)
  const ms = performance.now() - began
  // Loaded last: the page does not wait for what stands around it.
  const { startAround } = await import('./around.ts')
  const addresses = await startAround({ mesh, stats, accessLog, events, config, store: tracing?.store, collector, closing })
  consoleAddress = addresses.console
  if (!remote) announce(Number(new URL(addresses.console).port), closing)
  greet(mesh, ms, addresses)
}

/** Lets `npx bookinfo` find this mesh; one that cannot be announced runs all the same. */
function announce(consolePort: number, closing: (() => void)[]) {
  try {
    closing.push(announceMesh(consolePort))
  } catch (error) {
    say(`npx bookinfo cannot find this mesh by itself (${(error as Error).message}): set CONSOLE_PORT=${consolePort} for it`)
  }
}

/** Origins that may show the page in a frame: the console's. A port that is not known yet means any port of this machine. */
const consoleOrigins = (port: number) => ['localhost', '127.0.0.1'].map((host) => `http://${host}:${port || '*'}`).join(' ')

/** Where spans go: to the collector that is named, else into the mesh's own; nowhere when tracing is off. */
async function tracingOf(config: MeshConfig) {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_EXPORTER_ZIPKIN_ENDPOINT: zipkinEndpoint } = config
  if (exporter === 'none') return undefined
  const sample = createSampler(config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG)
  const store = zipkinEndpoint === undefined ? new SpanStore() : undefined
  if (store) return { sample, reporter: store, store }
  const { createZipkinReporter } = await import('./tracing/zipkin-reporter.ts')
  const reporter: SpanReporter = createZipkinReporter(zipkinEndpoint!)
  return { sample, reporter, store }
}

/** The services need to know the mesh's own collector before they start, if they report to it. */
async function collectorForServices(
  { OTEL_TRACES_EXPORTER: exporter, ZIPKIN_PORT: port, zipkinPortFixed, remote }: MeshConfig,
  store: SpanStore | undefined,
  console: () => string | undefined,
) {
  if (!store || exporter !== 'zipkin') return undefined
  const [{ startCollector }, { consoleTraces }] = await Promise.all([import('./control/server.ts'), import('./zipkin/pages.ts')])
  const pages = () => {
    const address = console()
    return address === undefined ? undefined : consoleTraces(address)
  }
  return startCollector(store, port, zipkinPortFixed, pages, remote?.host)
}

/** istioctl's grammar, for the one setting of the mesh that there is. */
function meshSettings(settings: readonly string[]) {
  const mesh: { outboundTrafficPolicy?: 'ALLOW_ANY' | 'REGISTRY_ONLY' } = {}
  for (const setting of settings) {
    const [, mode] = /^meshConfig\.outboundTrafficPolicy\.mode=(ALLOW_ANY|REGISTRY_ONLY)$/.exec(setting) ?? []
    if (mode === undefined)
      throw new ConfigError(`--set ${setting}: expected meshConfig.outboundTrafficPolicy.mode=ALLOW_ANY or =REGISTRY_ONLY`)
    mesh.outboundTrafficPolicy = mode as 'ALLOW_ANY' | 'REGISTRY_ONLY'
  }
  return mesh
}

function greet(mesh: Mesh, ms: number, { gateway, console, zipkin }: { gateway: string; console: string; zipkin: string | null }) {
  const { fleet, outbound } = mesh
  const bookinfo = paint('bold', 'Bookinfo')
  if (mesh.startsPods) say(`${paint('green', '●')} ${bookinfo} is up: ${fleet.replicas.length} workloads in ${seconds(ms)}\n`)
  else say(`${paint('green', '●')} ${bookinfo}'s mesh is up. It routes to these, and they call each other at its ports:\n`)
  const ports = (workload: string) => Array.from(outbound.get(workload)!, ([service, port]) => `${service} ${port}`).join(', ')
  say(table(fleet.replicas.map(({ workload: { name }, pod }) => [name, pod.name, ...(mesh.startsPods ? [] : [ports(name)])])))
  const places = [
    ['Page', `${gateway}/productpage`],
    ['Console', console],
    ['Rules', 'npx bookinfo apply -f k8s/networking/destination-rule-all.yaml -f k8s/networking/virtual-service-all-v1.yaml'],
    ...(zipkin === null ? [] : [['Zipkin', zipkin]]),
  ]
  say(`\n${table(places)}\n\n  ${paint('dim', 'Ctrl-C stops everything.')}`)
}

/** Closes everything, the last opened first, and leaves; a second signal leaves at once. */
function stopOnSignal(closing: (() => Promise<void> | void)[]) {
  let stopping = false
  const stop = async () => {
    for (const close of closing.toReversed()) await close()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
}

try {
  await main()
} catch (error) {
  const { name, code, message, stack } = error as NodeJS.ErrnoException
  const known = error instanceof ConfigError || name === 'ManifestError' || name === 'SaveError' || code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`bookinfo: ${name === 'SaveError' ? '--state: ' : ''}${known ? message : stack}\n`)
  process.exit(1)
}
