/**
 * Full runs with different seeds on the right mesh: how many raise a false alarm, and how long they take.
 * `npm run conformance:seeds -- 20 [--first SEED] [--output FOLDER]` prints a table, and keeps the JSON reports in FOLDER.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seconds, type Report } from '../src/report/report.ts'
import { startProbed } from './support/meshes.ts'

const { values, positionals } = parseArgs({
  options: { first: { type: 'string', default: '1' }, output: { type: 'string' } },
  allowPositionals: true,
})
const folder = values.output ?? mkdtempSync(join(tmpdir(), 'conformance-seeds-'))
const seeds = Array.from({ length: Number(positionals[0] ?? 20) }, (_, i) => Number(values.first) + i)
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

async function runWith(seed: number, address: string): Promise<Report> {
  const output = join(folder, `${seed}.json`)
  const args = [cli, 'run', '--console', address, '--seed', String(seed), '--format', 'json', '--output', output]
  await once(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }), 'close')
  return JSON.parse(readFileSync(output, 'utf8')) as Report
}

mkdirSync(folder, { recursive: true })
const mesh = await startProbed()
const reports: Report[] = []
console.log('| Seed | Passed | Failed | Unsupported | Time | What failed |\n|---|---|---|---|---|---|')
try {
  for (const seed of seeds) {
    const report = await runWith(seed, mesh.console)
    reports.push(report)
    const { passed, failed, unsupported } = report.counts
    const names = report.results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
    console.log(`| ${seed} | ${passed} | ${failed} | ${unsupported} | ${seconds(report.duration)} s | ${names.join(', ')} |`)
  }
} finally {
  await mesh.stop()
}
const alarms = reports.filter(({ counts }) => counts.failed > 0).length
const times = reports.map(({ duration }) => duration).toSorted((a, b) => a - b)
const [shortest = 0, median = 0, longest = 0] = [times[0], times[Math.floor(times.length / 2)], times.at(-1)]
console.log(
  `\n${reports.length} runs, ${alarms} with a false alarm; ${seconds(shortest)} to ${seconds(longest)} s, half of them within ${seconds(median)} s.`,
)
process.exitCode = alarms > 0 ? 1 : 0
