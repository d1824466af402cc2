/** Versions of ratings that fail on purpose, each in its own way: what the mesh's timeouts, retries and probes are tried on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from '@bookinfo/contracts/errors'

export interface Faults {
  /** Called before each answer: may wait, or throw RATINGS_UNAVAILABLE. `caller` ends a wait when the caller has gone. */
  strike(caller: AbortSignal): Promise<void>
  /** What `/health` says. */
  healthy(): boolean
}

/** What faults are made of; tests bring their own. */
export interface Chance {
  /** From 0 up to, but not including, 1. */
  random(): number
  /** Milliseconds of a clock that never goes back. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const real: Chance = {
  random: Math.random,
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
}

const seconds = 1000
const minutes = 60 * seconds

/** The faults of `version`: `v-faulty`, `v-delayed`, `v-unavailable`, `v-unhealthy`; every other version has none. */
export function faultsOf(version: string, chance: Chance = real): Faults {
  const started = chance.now()
  const half = () => chance.random() < 0.5
  /** Good for `period` milliseconds, then bad for as long, and so on. */
  const bad = (period: number) => Math.floor((chance.now() - started) / period) % 2 === 1
  const failIf = async (failing: boolean) => {
    if (failing) throw new ServiceError('RATINGS_UNAVAILABLE')
  }

  if (version === 'v-faulty') return { strike: () => failIf(half()), healthy: () => true }
  if (version === 'v-unavailable') return { strike: () => failIf(bad(60 * seconds)), healthy: () => true }
  // Long enough for Kubernetes to reset the back-off of its restarts, which takes 10 minutes of good health.
  if (version === 'v-unhealthy') return { strike: () => failIf(bad(15 * minutes)), healthy: () => !bad(15 * minutes) }
  if (version === 'v-delayed') return { strike: async (caller) => (half() ? delay(caller) : undefined), healthy: () => true }
  return { strike: async () => {}, healthy: () => true }

  async function delay(caller: AbortSignal) {
    try {
      await chance.sleep(7 * seconds, caller)
    } catch {
      // The client no longer waits for this answer.
      throw new ServiceError('RATINGS_UNAVAILABLE')
    }
  }
}
