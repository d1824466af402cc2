/** `npm start`: the local mesh, until Ctrl-C. */
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from './config.ts'
import { startMesh, type Mesh } from './mesh.ts'
import { allReady } from './ready.ts'
import { paint, say, seconds, table } from './terminal.ts'
import { createSampler } from './tracing/sampler.ts'
import { createZipkinReporter } from './tracing/zipkin-reporter.ts'

const help = `Bookinfo and its mesh on this machine.

Usage: npm start [-- options]

Options:
  --logs       show what the workloads write
  -h, --help   this text

Environment:
  GATEWAY_PORT                    where the page is (8080)
  OTEL_EXPORTER_ZIPKIN_ENDPOINT   a Zipkin collector for all spans, such as http://localhost:9411/api/v2/spans
  OTEL_TRACES_EXPORTER            zipkin: the services report spans of their own too; none: no tracing
  OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG   which traces are kept (always_on)
  LOG_LEVEL                       of the workloads (warn)
`

async function main() {
  const { values: flags } = parseArgs({ options: { logs: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
  if (flags.help) return void process.stdout.write(help)
  const config = readConfig(process.env)
  const sample = createSampler(config.sampler, config.samplerArgument)
  const began = performance.now()
  const reporter = config.zipkinEndpoint === undefined ? undefined : createZipkinReporter(config.zipkinEndpoint)
  const traced = reporter && config.tracesExporter !== 'none'
  const mesh = await startMesh({
    gatewayPort: config.gatewayPort,
    env: process.env,
    logLevel: config.logLevel,
    ...(traced && { tracing: { sample, reporter }, appSpansTo: config.zipkinEndpoint! }),
  })
  stopOnSignal(async () => {
    await mesh.stop()
    await reporter?.close()
  })
  mesh.fleet.on('death', ({ pod }, { how, stderr }) => {
    say(`${paint('red', '✗')} ${pod.name} died (${how}); it is started again`)
    for (const line of stderr) say(`    ${line}`)
  })
  if (flags.logs) mesh.fleet.on('line', ({ pod }, line) => say(`${paint('dim', pod.name)} ${line}`))
  await allReady(mesh.fleet)
  greet(mesh, performance.now() - began, config.zipkinEndpoint)
}

function greet({ fleet, gatewayPort }: Mesh, ms: number, zipkin: string | undefined) {
  say(`${paint('green', '●')} ${paint('bold', 'Bookinfo')} is up: ${fleet.replicas.length} workloads in ${seconds(ms)}\n`)
  say(table(fleet.replicas.map(({ workload, pod }) => [workload.name, pod.name])))
  const rows = [['Page', `http://localhost:${gatewayPort}/productpage`], ...(zipkin ? [['Traces', zipkin]] : [])]
  say(`\n${table(rows)}\n\n  ${paint('dim', 'Ctrl-C stops everything.')}`)
}

/** Runs `stop` once and leaves; a second signal leaves at once. */
function stopOnSignal(stop: () => Promise<void>) {
  let stopping = false
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
  const known = error instanceof ConfigError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`bookinfo: ${known ? (error as Error).message : (error as Error).stack}\n`)
  process.exit(1)
}
