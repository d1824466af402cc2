/** A cluster's circuit breaker in one sidecar: how many requests may be under way, and how many may wait for their turn. */
import type { ConnectionPool } from '@bookinfo/rules/decision'

/** HTTP/1.1 carries one request a connection at a time, so that connections are counted as requests. */
export class Gate {
  #active = 0
  #retries = 0
  readonly #waiting = new Set<() => void>()

  /** Runs `go` now or when a connection is free. False when the limits are reached: Envoy's `overflow`. */
  enter(limits: ConnectionPool, go: () => void): boolean {
    const { maxConnections = Infinity, http1MaxPendingRequests = Infinity, http2MaxRequests = Infinity } = limits
    if (this.#active + this.#waiting.size >= http2MaxRequests) return false
    if (this.#active < maxConnections) {
      this.#active++
      go()
      return true
    }
    if (this.#waiting.size >= http1MaxPendingRequests) return false
    this.#waiting.add(go)
    return true
  }

  /** A request that gave up before its turn came; false when it was not waiting. */
  withdraw(go: () => void): boolean {
    return this.#waiting.delete(go)
  }

  leave() {
    this.#active--
    const [next] = this.#waiting
    if (!next) return
    this.#waiting.delete(next)
    this.#active++
    next()
  }

  /** Whether one more retry may be under way at once; `endRetry` gives it back. */
  beginRetry({ maxRetries = Infinity }: ConnectionPool): boolean {
    if (this.#retries >= maxRetries) return false
    this.#retries++
    return true
  }

  endRetry() {
    this.#retries--
  }
}
