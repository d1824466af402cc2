/** Keys of issuers that a RequestAuthentication names by `jwksUri`: fetched by the mesh, as istiod does it for its proxies. */
import { isKeySet, type FetchedKeys } from '@bookinfo/rules/key-set'
import { EventEmitter } from 'node:events'

/** istiod's own pauses between two fetches: after one that succeeded, and after one that failed (ms). */
const refreshMs = 20 * 60_000
const retryMs = 60_000
/** Largest key set that is read (bytes). */
const largest = 1024 * 1024

/** Emits `change` when there are other keys than before. */
export class KeyFetcher extends EventEmitter<{ change: [] }> {
  readonly #keys = new Map<string, string>()
  readonly #wanted = new Map<string, number>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #underWay = new Map<string, Promise<void>>()

  get keys(): FetchedKeys {
    return this.#keys
  }

  /** Keeps the keys of these addresses up to date, and forgets those of others; by each, how long its fetch may take (ms). */
  want(uris: ReadonlyMap<string, number>) {
    for (const uri of this.#wanted.keys())
      if (!uris.has(uri)) {
        clearTimeout(this.#timers.get(uri))
        for (const map of [this.#wanted, this.#timers, this.#keys]) map.delete(uri)
      }
    for (const [uri, limitMs] of uris) {
      const known = this.#wanted.has(uri)
      this.#wanted.set(uri, limitMs)
      if (!known) this.#begin(uri)
    }
  }

  /** Resolves when no fetch is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values())
  }

  close() {
    this.want(new Map())
  }

  #begin(uri: string) {
    this.#underWay.set(
      uri,
      this.#fetch(uri).finally(() => this.#underWay.delete(uri)),
    )
  }

  async #fetch(uri: string) {
    const text = await read(uri, this.#wanted.get(uri) ?? 0)
    if (!this.#wanted.has(uri)) return
    this.#timers.set(uri, setTimeout(() => this.#begin(uri), text === undefined ? retryMs : refreshMs).unref())
    // Those that are known stay good while their issuer is away.
    if (text === undefined || text === this.#keys.get(uri)) return
    this.#keys.set(uri, text)
    this.emit('change')
  }
}

/** The key set at `uri`; undefined when it cannot be had. */
async function read(uri: string, limitMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(uri, { signal: AbortSignal.timeout(limitMs) })
    if (!answer.ok || !answer.body) return undefined
    let text = ''
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.length > largest) return undefined
    }
    return isKeySet(text) ? text : undefined
  } catch {
    return undefined
  }
}
