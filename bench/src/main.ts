/** `npm run bench`: pages a second of every way to run Bookinfo, as ratios in one run. `--rounds 3 --seconds 5 --connections 16 --only raw,forward`. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { load, type Load } from './load.ts'
import { startUp } from './start-up.ts'
import { discardingCollector, mesh, rawChain, services, type System } from './systems.ts'
import { cpuSeconds, pssMiB } from './usage.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`usage: npm run bench -- [--rounds N] [--seconds S] [--connections C] [--only WORD,WORD]
  Measures pages a second, latency, CPU a page and memory of each way to run Bookinfo, in turn, in one run.
  --only keeps the systems whose name contains one of the words; the raw limit always runs, for it is what the ratios refer to.`)
  process.exit(0)
}
const [rounds, seconds, connections] = [Number(values.rounds), Number(values.seconds), Number(values.connections)]
const words = values.only.split(',').filter(Boolean)

const collector = await discardingCollector()
const zipkin = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'always_on' }
const starters: Record<string, () => Promise<System>> = {
  raw: rawChain,
  'forward, pooled': () => services('forward mode, OUTBOUND_KEEPALIVE=on', { OUTBOUND_KEEPALIVE: 'on' }),
  'forward, not pooled': () => services('forward mode, OUTBOUND_KEEPALIVE=off', {}),
  span: () => services('span mode, 100 % to a discarding collector', { OUTBOUND_KEEPALIVE: 'on', ...zipkin }),
  mesh: () => mesh('npm start (local mesh, 100 % sampled)'),
}

interface Figures {
  load: Load
  cpuMs: number
  pss: number
}

const wanted = Object.entries(starters).filter(
  ([name]) => name === 'raw' || words.length === 0 || words.some((word) => name.includes(word)),
)
const systems: System[] = []
try {
  for (const [, starter] of wanted) systems.push(await starter())
  const figures = new Map<System, Figures[]>(systems.map((system) => [system, []]))
  for (const system of systems) await load(system.origin, system.path, connections, 2000)
  for (let round = 0; round < rounds; round++) {
    for (const system of round % 2 ? systems.toReversed() : systems) {
      console.error(`round ${round + 1} of ${rounds}: ${system.name}`)
      const pids = system.pids()
      const before = cpuSeconds(pids)
      const result = await load(system.origin, system.path, connections, seconds * 1000)
      figures.get(system)?.push({ load: result, cpuMs: ((cpuSeconds(pids) - before) * 1000) / result.pages, pss: pssMiB(pids) })
    }
  }
  report(figures)
} finally {
  await Promise.all(systems.map((system) => system.stop()))
  collector.close()
}
if (words.length === 0) console.log(await startUp())

function report(figures: Map<System, Figures[]>) {
  const raw = figures.get(systems[0] as System) ?? []
  console.log(
    `${cpus().length} cores, Node ${process.version}, ${connections} connections, ${rounds} rounds of ${seconds} s each, in turn; medians, ratios round by round\n`,
  )
  console.log('| system | pages/s | ratio to raw (min–max) | p50 ms | p99 ms | CPU ms/page | PSS MiB |')
  console.log('|---|---:|---:|---:|---:|---:|---:|')
  for (const [{ name }, rows] of figures) {
    const ratios = rows.map(
      ({ load: { pages, seconds: time } }, round) => pages / time / ((raw[round]?.load.pages ?? 0) / (raw[round]?.load.seconds ?? 1)),
    )
    const ratio = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
    const of = (figure: (row: Figures) => number, digits: number) => median(rows.map(figure)).toFixed(digits)
    const rate = of(({ load: { pages, seconds: time } }) => pages / time, 0)
    console.log(
      `| ${name} | ${rate} | ${ratio} | ${of((row) => row.load.p50, 1)} | ${of((row) => row.load.p99, 1)} | ${of((row) => row.cpuMs, 2)} | ${of((row) => row.pss, 0)} |`,
    )
  }
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
