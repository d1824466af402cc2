/** Waiting in tests: for what has to happen, never for a time. */
import { setTimeout as sleep } from 'node:timers/promises'

/** The one limit of every wait, in milliseconds: far more than the slowest machine needs, since only what never happens takes so long. */
export const patience = 60_000

/** Tries `check` until it no longer throws, then gives its answer; after `limitMs` fails as the last try failed. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = patience, everyMs = 100): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
      await sleep(everyMs)
    }
  }
}
