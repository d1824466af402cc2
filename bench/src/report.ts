/** The figures of a run as Markdown. */
import type { HopCost } from './hop.ts'
import type { Load } from './load.ts'
import { median } from './median.ts'
import type { RuleCost } from './rule-cost.ts'

/** What one system did in one round. */
export interface Figures {
  load: Load
  cpuMs: number
  pss: number
}

/** Rounds of each system, by its name; all of the same number. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>

const rate = ({ load: { pages, seconds } }: Figures) => pages / seconds

/** Pages per second of one system relative to another's, round by round: `0.41 (0.39–0.43)`. */
function ratio(of: readonly Figures[], to: readonly Figures[]): string {
  const ratios = of.map((row, round) => rate(row) / rate(to[round]!))
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
}

/** One row per system; ratios refer to the first one. */
export function systemsTable(rounds: Rounds): string {
  const [raw = []] = rounds.values()
  const rows = Array.from(rounds, ([name, figures]) => {
    const of = (figure: (row: Figures) => number, digits: number) => median(figures.map(figure)).toFixed(digits)
    const times = `${of((row) => row.load.p50, 1)} | ${of((row) => row.load.p99, 1)}`
    return `| ${name} | ${of(rate, 0)} | ${ratio(figures, raw)} | ${times} | ${of((row) => row.cpuMs, 2)} | ${of((row) => row.pss, 0)} |`
  })
  return [
    '| system | pages/s | ratio to raw (min–max) | p50 ms | p99 ms | CPU ms/page | PSS MiB |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n')
}

/** One row for each pair that both ran: pages/s of the first in the second's. */
export const ratiosTable = (rounds: Rounds, pairs: readonly (readonly [string, string])[]): string =>
  [
    '| pages/s of … | in … | ratio (min–max) |',
    '|---|---|---:|',
    ...pairs.flatMap(([of, to]) => {
      const [ours, theirs] = [rounds.get(of), rounds.get(to)]
      return ours && theirs ? [`| ${of} | ${to} | ${ratio(ours, theirs)} |`] : []
    }),
  ].join('\n')

export const hopsTable = (hops: readonly HopCost[]): string =>
  [
    '| one hop, one connection, p50 ms | direct | through | added (min–max) |',
    '|---|---:|---:|---:|',
    ...hops.map(({ name, direct, through, added, least, most }) => {
      const range = `${added.toFixed(3)} (${least.toFixed(3)}–${most.toFixed(3)})`
      return `| ${name} | ${direct.toFixed(3)} | ${through.toFixed(3)} | ${range} |`
    }),
  ].join('\n')

export const rulesTable = (costs: readonly RuleCost[]): string =>
  [
    '| µs a decision | 10 routes | 1,000 routes | ratio |',
    '|---|---:|---:|---:|',
    ...costs.map(
      ({ kind, ten, thousand, ratio: times }) => `| ${kind} | ${ten.toFixed(2)} | ${thousand.toFixed(2)} | ${times.toFixed(2)} |`,
    ),
  ].join('\n')
