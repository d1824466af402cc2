/** What the suite has applied and not yet removed: whatever happens, it is taken back. */
import { Refused, type Target } from './targets/target.ts'

export class Applied {
  readonly #target: Target
  readonly #rules = new Set<string>()

  constructor(target: Target) {
    this.#target = target
  }

  async apply(rules: string) {
    // Noted first: a refused or interrupted apply may have got half way.
    this.#rules.add(rules)
    try {
      await this.#target.apply(rules)
    } catch (error) {
      if (error instanceof Refused) this.#rules.delete(rules)
      throw error
    }
  }

  async remove(rules: string) {
    if (!this.#rules.has(rules)) return
    await this.#target.remove(rules)
    this.#rules.delete(rules)
  }

  /** Removes what is left, and goes on when one removal fails. @throws the first failure */
  async removeAll() {
    let failure: unknown
    for (const rules of this.#rules) await this.remove(rules).catch((error: unknown) => (failure ??= error))
    if (failure) throw failure
  }
}
