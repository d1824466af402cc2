/** How many requests a sampled check sends, and how sure it has to be. The derivation is in docs/conformance.md. */
import { power } from './binomial.ts'

/** Probability that a full run of a right mesh fails at all. */
export const falseAlarmBudget = 0.001
/** Probability that a deviation as small as a check promises to catch is caught. */
export const neededPower = 0.999

/** One share that is tested: all in percent. */
export interface Sampled {
  share: number
  /** The smallest deviation that must be caught, in points. */
  deviation: number
}

export interface Plan {
  /** Requests. */
  n: number
  /** Level of each of the check's tests. */
  alpha: number
  /** The lowest one over the check's tests and both directions. */
  power: number
}

/** The budget of a run, in equal parts for all sampled tests in it. */
export const levelOf = (budget: number, sampled: readonly (readonly Sampled[])[]): number =>
  budget /
  Math.max(
    1,
    sampled.reduce((sum, tests) => sum + tests.length, 0),
  )

/** The plan of a check: `samples` replaces the number of requests that its power requires. */
export function planOf(tests: readonly Sampled[], alpha: number, samples?: number): Plan {
  const n = samples ?? Math.max(...tests.map((test) => sampleSize(test, alpha)))
  return { n, alpha, power: Math.min(...tests.map((test) => powerOf(test, n, alpha))) }
}

/** Power against the deviation to both sides, as far as they are shares. */
export function powerOf({ share, deviation }: Sampled, n: number, alpha: number): number {
  const sides = [share - deviation, share + deviation].filter((actual) => actual >= 0 && actual <= 100)
  return Math.min(...sides.map((actual) => power(n, share / 100, actual / 100, alpha)))
}

/** A number of requests that is enough for the power: at most 1 in 50 more than the fewest. */
export function sampleSize(test: Sampled, alpha: number): number {
  let n = 16
  while (powerOf(test, n, alpha) < neededPower) n = Math.ceil(n * 1.25)
  let tooFew = n / 1.25
  while (n > tooFew * 1.02) {
    const middle = Math.round((n + tooFew) / 2)
    if (middle === n || middle === Math.round(tooFew)) break
    if (powerOf(test, middle, alpha) >= neededPower) n = middle
    else tooFew = middle
  }
  return n
}
