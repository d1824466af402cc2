/** What arrived, by the id that a request carries: the evidence for retries and mirrors. Bounded in size and in time. */

export interface LedgerEntry {
  /** ms since 1970 */
  at: number
  method: string
  path: string
  host: string
}

export interface LedgerAccount {
  id: string
  /** How many arrived, those included that are no longer listed. */
  count: number
  /** The first ones. */
  attempts: LedgerEntry[]
}

export interface LedgerLimits {
  ids: number
  attemptsPerId: number
  /** Milliseconds after its first attempt that an id is forgotten. */
  lifeMs: number
}

const defaults: LedgerLimits = { ids: 10_000, attemptsPerId: 100, lifeMs: 10 * 60_000 }

export class Ledger {
  readonly #accounts = new Map<string, LedgerAccount & { since: number }>()
  readonly #limits: LedgerLimits
  readonly #now: () => number

  constructor(limits: Partial<LedgerLimits> = {}, now: () => number = Date.now) {
    this.#limits = { ...defaults, ...limits }
    this.#now = now
  }

  /** Notes an attempt. Returns how many there are of this id, this one included. */
  note(id: string, entry: Omit<LedgerEntry, 'at'>): number {
    this.#forgetOld()
    const at = this.#now()
    const account = this.#accounts.get(id) ?? { id, count: 0, attempts: [], since: at }
    this.#accounts.set(id, account)
    account.count++
    if (account.attempts.length < this.#limits.attemptsPerId) account.attempts.push({ at, ...entry })
    for (const oldest of this.#accounts.keys()) {
      if (this.#accounts.size <= this.#limits.ids) break
      this.#accounts.delete(oldest)
    }
    return account.count
  }

  of(id: string): LedgerAccount {
    this.#forgetOld()
    const { count, attempts } = this.#accounts.get(id) ?? { count: 0, attempts: [] }
    return { id, count, attempts }
  }

  /** Accounts stand in the order of their first attempt. */
  #forgetOld() {
    const before = this.#now() - this.#limits.lifeMs
    for (const [id, { since }] of this.#accounts) {
      if (since >= before) break
      this.#accounts.delete(id)
    }
  }
}
