/** A request's body that several tries can read: the first bytes are kept until there are too many of them to send again. */
import type { Readable } from 'node:stream'

/** Envoy's default buffer limit. */
const bufferLimit = 1024 * 1024

export class RequestBody {
  readonly #raw: Readable
  #chunks: Buffer[] = []
  /** Number of chunks that are gone from the front. */
  #gone = 0
  #bytes = 0
  #ended = false
  #failure: Error | undefined
  #wake: (() => void)[] = []

  /** Whether a new try can still send the whole body. */
  get replayable(): boolean {
    return this.#bytes <= bufferLimit && !this.#failure
  }

  get bytes(): number {
    return this.#bytes
  }

  constructor(raw: Readable, onEnd: () => void) {
    this.#raw = raw
    raw.pause()
    raw.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#bytes += chunk.length
      raw.pause()
      this.#notify()
    })
    raw.on('end', () => {
      this.#ended = true
      onEnd()
      this.#notify()
    })
    raw.on('close', () => {
      if (!this.#ended) this.#failure = new Error('client went away')
      this.#notify()
    })
    raw.on('error', () => undefined)
  }

  /** All bytes from the first one; at most one reader once the body is too large to keep. */
  async *read(): AsyncGenerator<Buffer, void, void> {
    let next = 0
    for (;;) {
      while (next - this.#gone < this.#chunks.length) {
        if (next < this.#gone) throw new Error('body is too large to send again')
        yield this.#chunks[next - this.#gone]!
        next++
        if (!this.replayable) {
          this.#chunks.splice(0, next - this.#gone)
          this.#gone = next
        }
      }
      if (this.#failure) throw this.#failure
      if (this.#ended) return
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
        this.#raw.resume()
      })
    }
  }

  /** The whole body for a shadow, which must never slow down the request itself; undefined when it is too large. */
  async whole(): Promise<Buffer | undefined> {
    while (!this.#ended && this.replayable) await new Promise<void>((resolve) => this.#wake.push(resolve))
    return this.#ended && this.replayable && this.#gone === 0 ? Buffer.concat(this.#chunks) : undefined
  }

  #notify() {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}
