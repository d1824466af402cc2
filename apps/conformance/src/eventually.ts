/** Waiting, and every limit of the suite in one place: milliseconds if no other unit is named. */
import { setTimeout as sleep } from 'node:timers/promises'

export const limits = {
  /** From an applied rule to a changed answer, where the target does not tell. Istio takes 200 to 400. */
  settle: 2500,
  /** Until spans, log lines or mirrored requests have arrived. A loaded cluster needs more than 15 s; only missing evidence costs the full time. */
  evidence: 60_000,
  /** How long to watch for what must not arrive, after the expected evidence is there. */
  arrival: 2000,
  /** Between two looks. */
  interval: 100,
  /** One request of the suite to a probe or to the gateway. */
  request: 60_000,
  /** Requests that a workload sends for one order. */
  order: 1000,
  /** A command that applies or deletes. */
  command: 60_000,
  /** How long a list of a cluster's pods is believed. */
  pods: 5000,
  /** Until a port that is forwarded answers. */
  portForward: 60_000,
  /** A check as a whole. */
  check: 300_000,
  /** How much later than its limit a timeout may strike, and how much earlier than asked a delay may end. */
  late: 1000,
  early: 25,
}

/**
 * Waits until `look` gives something: evidence that has to arrive, never a second chance for an answer that was wrong.
 * @throws Error that says what was waited for
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, timeoutMs: number = limits.evidence): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() >= end) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await sleep(limits.interval)
  }
}
