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
  /** Checks at once on each target. */
  parallel: number
  signal: AbortSignal
  onStart?(name: string): void
  onResult(result: Result): void
}

/** Where checks run: in sequence, and in parallel where they share no key. */
interface Lane {
  target: Target
  applied: Applied
  held: Set<string>
  running: number
}

/** What several targets of one mesh share: its way in. */
const shared = 'gateway'

/**
 * Results in the order of `cases`. `targets` are several places of the same mesh, such as namespaces; each check runs in one of them.
 * Rules are removed whatever happens; after an abort, checks that have not begun are left out.
 */
export async function run(cases: readonly Case[], targets: readonly [Target, ...Target[]], options: RunOptions): Promise<Result[]> {
  const { seed, signal } = options
  const lanes = targets.map((target): Lane => ({ target, applied: new Applied(target), held: new Set(), running: 0 }))
  const results = new Map<string, Result>()
  const done = (result: Result) => {
    results.set(result.name, result)
    options.onResult(result)
  }
  const waiting: Case[] = []
  for (const each of shuffled(cases, seed)) {
    const reason = missing(each, targets[0].lacks)
    if (reason === undefined) waiting.push(each)
    else done(unsupported(each, reason))
  }

  const running = new Set<Promise<void>>()
  const start = async (each: Case, lane: Lane) => {
    for (const key of each.keys) lane.held.add(key)
    lane.running++
    options.onStart?.(each.name)
    const { target, applied } = lane
    const result = await runCheck(each, options.plans.get(each.name), { target, applied, signal })
    for (const key of each.keys) lane.held.delete(key)
    lane.running--
    if (!signal.aborted) done(result)
  }
  /** A check that may begin now, and where. */
  const next = (): [number, Lane] | undefined => {
    const elsewhere = (lane: Lane) => lanes.some((other) => other !== lane && other.held.has(shared))
    for (const lane of lanes.toSorted((a, b) => a.running - b.running)) {
      if (lane.running >= options.parallel) continue
      const index = waiting.findIndex(({ keys }) => isFree(keys, lane.held) && !(keys.includes(shared) && elsewhere(lane)))
      if (index !== -1) return [index, lane]
    }
    return undefined
  }
  try {
    while ((waiting.length > 0 && !signal.aborted) || running.size > 0) {
      const found = signal.aborted ? undefined : next()
      if (!found) {
        await Promise.race(running)
        continue
      }
      const [index, lane] = found
      const one = start(waiting.splice(index, 1)[0]!, lane).finally(() => running.delete(one))
      running.add(one)
    }
  } finally {
    await removeAll(lanes)
  }
  return cases.flatMap(({ name }) => results.get(name) ?? [])
}

/** Each target tries, whatever becomes of the others. @throws the first failure */
async function removeAll(lanes: readonly Lane[]) {
  const outcomes = await Promise.allSettled(lanes.map(({ applied }) => applied.removeAll()))
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
}

/** `*` conflicts with every other check. */
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
