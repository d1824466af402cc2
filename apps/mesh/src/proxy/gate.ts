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

  /** A request that gave up before its turn came. */
  withdraw(go: () => void) {
    this.#waiting.delete(go)
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

/** The gate of a cluster, made for its first request. */
export function gateOf(gates: Map<string, Gate>, cluster: string): Gate {
  const gate = gates.get(cluster) ?? new Gate()
  gates.set(cluster, gate)
  return gate
}

/** One request at a gate: it waits for its turn, comes in, and leaves however it ends. */
export class Pass {
  readonly #gate: Gate
  readonly #limits: ConnectionPool
  readonly #go: () => void
  #inside = false
  #retrying = false

  constructor(gate: Gate, limits: ConnectionPool, go: () => void) {
    this.#gate = gate
    this.#limits = limits
    this.#go = go
  }

  /** Runs `go` now or when it is the request's turn; false when the limits are reached. */
  enter(): boolean {
    return this.#gate.enter(this.#limits, this.#turn)
  }

  readonly #turn = () => {
    this.#inside = true
    this.#go()
  }

  /** Whether the request may be tried again: from its first retry on it counts as one. */
  retry(): boolean {
    this.#retrying ||= this.#gate.beginRetry(this.#limits)
    return this.#retrying
  }

  leave() {
    if (this.#retrying) this.#gate.endRetry()
    if (this.#inside) this.#gate.leave()
    else this.#gate.withdraw(this.#turn)
  }
}
