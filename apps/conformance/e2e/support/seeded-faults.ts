/**
 * The suite on wrong meshes: which check kills which fault, and which fails without reason.
 * `node e2e/support/seeded-faults.ts [--against all|some] [--at-once N] [--keep FILE] [--write] [FAULT…]` prints the table.
 * `--keep` adds each verdict to FILE and leaves out wrong meshes that are judged there already; `--write` writes docs/conformance-faults.md.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { loadCatalog, missing, type Case } from '../../src/catalog.ts'
import { limits } from '../../src/eventually.ts'
import type { Result } from '../../src/run-check.ts'
import { plansOf, run } from '../../src/run.ts'
import { falseAlarmBudget } from '../../src/statistics/plan.ts'
import { localTarget } from '../../src/targets/local.ts'
import { tableOf, tableFile } from './fault-table.ts'
import { listFaults, startProbed, type SeededFault } from './meshes.ts'
import type { Verdict } from './verdict.ts'

/** All checks on every wrong mesh, or those that must find it and some of the others. */
export type Against = 'all' | 'some'

/** Checks about something else that are run on every wrong mesh, one in so many of them, in turn. */
const oneIn = 8

/** Requests of a sampled check about something else: its level is the same, and here it only has to pass. */
const requestsOfOthers = 1000

/** Here evidence takes milliseconds, and twenty checks wait in vain for what a fault takes away. */
limits.evidence = 15_000

/** Meshes at once: each one keeps a core busy. */
export const atOnce = Math.max(1, Math.floor(availableParallelism() / 2))

/** `index` chooses which of the other checks are run, and in which order. */
export async function judge(fault: SeededFault, index: number, against: Against): Promise<Verdict> {
  const catalog = await loadCatalog()
  const about = ({ check, definition }: Case) =>
    fault.kills.includes(check) || definition.features.some((feature) => fault.touches.includes(feature))
  const cases = catalog.filter((each, i) => {
    if (against === 'all' || fault.kills.includes(each.check)) return true
    return !about(each) && each.definition.sampled === undefined && i % oneIn === index % oneIn
  })
  const plans = plansOf(catalog, falseAlarmBudget)
  const plansOfOthers = plansOf(catalog, falseAlarmBudget, requestsOfOthers)
  for (const each of catalog) {
    const fewer = about(each) ? undefined : plansOfOthers.get(each.name)
    if (fewer && fewer.n < plans.get(each.name)!.n) plans.set(each.name, fewer)
  }
  const mesh = await startProbed(fault.name)
  try {
    const target = await localTarget(mesh.console)
    const able = cases.filter((each) => missing(each, target.lacks) === undefined)
    const results = await run(able, [target], {
      plans,
      seed: index,
      parallel: 4,
      signal: new AbortController().signal,
      onResult: () => undefined,
    })
    const failed = new Map(results.flatMap((result) => (result.outcome === 'failed' ? [[result.name, result] as const] : [])))
    const failing = able.filter(({ name }) => failed.has(name))
    const killers = failing.filter(({ check }) => fault.kills.includes(check))
    const others = failing.filter((each) => !killers.includes(each))
    const astray = others.filter((each) => !about(each))
    return {
      fault,
      killedBy: killers.map(({ name }) => name),
      missed: fault.kills.filter((check) => !killers.some((each) => each.check === check)),
      touched: others.filter((each) => !astray.includes(each)).map(({ name }) => name),
      astray: astray.map(({ name }) => name),
      ran: able.length,
      found: astray.map(({ name }) => tell(failed.get(name)!)),
    }
  } finally {
    await mesh.stop()
  }
}

function tell({ name, reason = '', observations }: Result): string {
  const wrong = observations.filter(({ pass }) => !pass)
  return [name, reason, ...wrong.map(({ what, expected, observed }) => `${what}: expected ${expected}, observed ${observed}`)].join(' | ')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: {
      against: { type: 'string', default: 'some' },
      'at-once': { type: 'string', default: String(atOnce) },
      keep: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const { keep } = values
  const faults = await listFaults()
  const kept = keep !== undefined && existsSync(keep) ? readFileSync(keep, 'utf8').split('\n').filter(Boolean) : []
  const verdicts = new Map(kept.map((line) => JSON.parse(line) as Verdict).map((verdict) => [verdict.fault.name, verdict]))
  const waiting = [...faults.entries()].filter(
    ([, { name }]) => !verdicts.has(name) && (positionals.length === 0 || positionals.includes(name)),
  )
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, fault] = next
      const began = performance.now()
      const verdict = await judge(fault, index, values.against === 'all' ? 'all' : 'some')
      verdicts.set(fault.name, verdict)
      if (keep !== undefined) appendFileSync(keep, `${JSON.stringify(verdict)}\n`)
      const { missed, astray, found, ran } = verdict
      const took = ((performance.now() - began) / 1000).toFixed(1)
      const outcome =
        missed.length + astray.length === 0 ? 'killed' : `WRONG  missed: ${missed.join(', ') || '-'} astray: ${found.join('; ') || '-'}`
      process.stderr.write(`${fault.name} (${ran} checks, ${took} s) ${outcome}\n`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  const table = tableOf(faults.flatMap(({ name }) => verdicts.get(name) ?? []))
  if (values.write) writeFileSync(tableFile, table)
  else process.stdout.write(table)
}
