/**
 * The suite on wrong meshes: which check kills which fault, and which fails without reason.
 * `node e2e/support/seeded-faults.ts [--every] [FAULT…]` prints the table; `--every` runs all checks on every wrong mesh.
 */
import { parseArgs } from 'node:util'
import { loadCatalog, missing, type Case } from '../../src/catalog.ts'
import { plansOf, run } from '../../src/run.ts'
import { falseAlarmBudget } from '../../src/statistics/plan.ts'
import { localTarget } from '../../src/targets/local.ts'
import { listFaults, startProbed, type SeededFault } from './meshes.ts'

export interface Verdict {
  fault: SeededFault
  /** Checks that had to fail and did. */
  killedBy: string[]
  /** Checks that had to fail and did not. */
  missed: string[]
  /** Checks that failed and are about something else. */
  astray: string[]
  ran: number
}

/** Checks about something else that are run on every wrong mesh, one in so many of them, in turn. */
const oneIn = 8

export async function judge(fault: SeededFault, index: number, every: boolean): Promise<Verdict> {
  const catalog = await loadCatalog()
  const plans = plansOf(catalog, falseAlarmBudget)
  const about = ({ check, definition }: Case) =>
    fault.kills.includes(check) || definition.features.some((feature) => fault.touches.includes(feature))
  const cases = catalog.filter((each, i) => {
    if (every || fault.kills.includes(each.check)) return true
    return !about(each) && each.definition.sampled === undefined && i % oneIn === index % oneIn
  })
  const mesh = await startProbed(fault.name)
  try {
    const target = await localTarget(mesh.console)
    const able = cases.filter((each) => missing(each, target.lacks) === undefined)
    const results = await run(able, target, {
      plans,
      seed: index,
      parallel: 2,
      signal: new AbortController().signal,
      onResult: () => undefined,
    })
    const failed = new Set(results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name))
    const killedBy = able.filter(({ name, check }) => failed.has(name) && fault.kills.includes(check))
    return {
      fault,
      killedBy: killedBy.map(({ name }) => name),
      missed: fault.kills.filter((check) => !killedBy.some((each) => each.check === check)),
      astray: able.filter((each) => failed.has(each.name) && !about(each)).map(({ name }) => name),
      ran: able.length,
    }
  } finally {
    await mesh.stop()
  }
}

/** The table of docs/conformance-faults.md. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const killed = verdicts.filter(({ missed, astray }) => missed.length === 0 && astray.length === 0)
  const rows = verdicts.map(({ fault, killedBy, missed, astray }) => {
    const wrong = [
      missed.length > 0 ? `missed by ${missed.join(', ')}` : '',
      astray.length > 0 ? `astray: ${astray.join(', ')}` : '',
    ].filter(Boolean)
    return `| ${fault.name} | ${fault.title} | ${killedBy.join(', ')} | ${wrong.join('; ') || 'killed'} |`
  })
  return [
    `Killed ${killed.length} of ${verdicts.length}.`,
    '',
    '| Wrong mesh | What is wrong | Killed by | Outcome |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { every: { type: 'boolean', default: false } }, allowPositionals: true })
  const faults = await listFaults()
  const verdicts: Verdict[] = []
  for (const [index, fault] of faults.entries()) {
    if (positionals.length > 0 && !positionals.includes(fault.name)) continue
    const began = performance.now()
    const verdict = await judge(fault, index, values.every)
    verdicts.push(verdict)
    const { missed, astray, ran } = verdict
    process.stderr.write(
      `${missed.length + astray.length === 0 ? 'killed' : 'WRONG '} ${fault.name} (${ran} checks, ${((performance.now() - began) / 1000).toFixed(1)} s) missed: ${missed.join(', ') || '-'} astray: ${astray.join(', ') || '-'}\n`,
    )
  }
  process.stdout.write(tableOf(verdicts))
}
