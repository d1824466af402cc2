/** What the suite has applied and not yet removed: whatever happens, it is taken back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Refused, type Target } from './targets/target.ts'

export class Applied {
  readonly #target: Target
  readonly #rules = new Set<string>()
  /** When rules changed last. */
  #changed = -Infinity

  constructor(target: Target) {
    this.#target = target
  }

  async apply(rules: string) {
    // Noted first: a refused or interrupted apply may have got half way.
    this.#rules.add(rules)
    try {
      await this.#target.apply(rules)
      this.#changed = performance.now()
    } catch (error) {
      if (error instanceof Refused) this.#rules.delete(rules)
      throw error
    }
  }

  async remove(rules: string) {
    if (!this.#rules.has(rules)) return
    await this.#target.remove(rules)
    this.#changed = performance.now()
    this.#rules.delete(rules)
  }

  /** Waits until the last change has taken effect: rules that were removed go on holding for a moment. */
  async settled() {
    const left = this.#changed + this.#target.settleMs - performance.now()
    if (left > 0) await sleep(left)
  }

  /** Removes what is left, and goes on when one removal fails. @throws the first failure */
  async removeAll() {
    let failure: unknown
    for (const rules of this.#rules) await this.remove(rules).catch((error: unknown) => (failure ??= error))
    if (failure) throw failure
  }
}
