/** A run: which checks, with which numbers, in which order, and several at once where they do not share routes. */
import { missing, type Case } from './catalog.ts'
import { Applied } from './applied.ts'
import { shuffled } from './random.ts'
import { runCheck, type Result } from './run-check.ts'
import { levelOf, planOf, type Plan } from './statistics/plan.ts'
import type { Target } from './targets/target.ts'

export interface RunOptions {
  /** Of the sampled checks, by name. */
  plans: ReadonlyMap<string, Plan>
  seed: number
  parallel: number
  signal: AbortSignal
  onStart?(name: string): void
  onResult(result: Result): void
}

/** Results in the order of `cases`. Rules are removed whatever happens; after an abort, checks that have not begun are left out. */
export async function run(cases: readonly Case[], target: Target, options: RunOptions): Promise<Result[]> {
  const { seed, signal } = options
  const applied = new Applied(target)
  const results = new Map<string, Result>()
  const done = (result: Result) => {
    results.set(result.name, result)
    options.onResult(result)
  }
  const waiting: Case[] = []
  for (const each of shuffled(cases, seed)) {
    const reason = missing(each, target.lacks)
    if (reason === undefined) waiting.push(each)
    else done(unsupported(each, reason))
  }

  const held = new Set<string>()
  const running = new Set<Promise<void>>()
  const start = async (each: Case) => {
    for (const key of each.keys) held.add(key)
    options.onStart?.(each.name)
    const result = await runCheck(each, options.plans.get(each.name), { target, applied, signal })
    for (const key of each.keys) held.delete(key)
    if (!signal.aborted) done(result)
  }
  try {
    while ((waiting.length > 0 && !signal.aborted) || running.size > 0) {
      const index = signal.aborted || running.size >= options.parallel ? -1 : waiting.findIndex(({ keys }) => isFree(keys, held))
      if (index === -1) {
        await Promise.race(running)
        continue
      }
      const one = start(waiting.splice(index, 1)[0]!).finally(() => running.delete(one))
      running.add(one)
    }
  } finally {
    await applied.removeAll()
  }
  return cases.flatMap(({ name }) => results.get(name) ?? [])
}

/** `*` shares with nobody. */
const isFree = (keys: readonly string[], held: ReadonlySet<string>): boolean =>
  held.size === 0 || (!held.has('*') && !keys.includes('*') && !keys.some((key) => held.has(key)))

/**
 * `alpha`, the false-alarm budget of a full run, is divided among the sampled tests of the whole catalog, so that a check is planned the
 * same way in every run. `samples` requests are sent instead of what power asks for.
 */
export function plansOf(catalog: readonly Case[], alpha: number, samples?: number): Map<string, Plan> {
  const sampled = catalog.filter(({ definition }) => definition.sampled !== undefined)
  const level = levelOf(
    alpha,
    sampled.map(({ definition }) => definition.sampled ?? []),
  )
  return new Map(sampled.map(({ name, definition }) => [name, planOf(definition.sampled ?? [], level, samples)]))
}

const unsupported = ({ name, profile, definition }: Case, reason: string): Result => ({
  name,
  title: definition.title,
  profile,
  features: definition.features,
  outcome: 'unsupported',
  reason,
  observations: [],
  duration: 0,
})
