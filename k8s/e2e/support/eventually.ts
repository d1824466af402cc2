import { setTimeout as sleep } from 'node:timers/promises'

/** Tries `check` until it no longer throws, 60 s unless given; then fails as the last try failed. */
export async function eventually<T>(check: () => Promise<T>, limitMs = 60_000, everyMs = 250): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(everyMs)
    }
  }
}
