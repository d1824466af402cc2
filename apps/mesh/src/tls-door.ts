/** The gateway's port for TLS: there while a Gateway asks for it. */
import { EventEmitter } from 'node:events'
import { ConfigError } from './config.ts'
import { listenBothWays } from './listen-both-ways.ts'
import { listen } from './proxy/listener.ts'
import type { TlsListener } from './proxy/tls-listener.ts'

export interface TlsDoorOptions {
  /** 0 for any free one. */
  port: number
  /** Whether exactly this port was asked for: only the default may move to the next free one. */
  fixed: boolean
  create(): Promise<TlsListener>
  /** The one address it listens on; both of loopback when there is none. */
  host?: string | undefined
}

/** Emits `open` with the port, and `problem` when there is none to be had. */
export class TlsDoor extends EventEmitter<{ open: [number]; problem: [Error] }> {
  readonly #options: TlsDoorOptions
  #listeners: TlsListener[] = []
  #settled: Promise<void> = Promise.resolve()
  #wanted = false
  /** While it is open. */
  port: number | undefined

  constructor(options: TlsDoorOptions) {
    super()
    this.#options = options
  }

  /** Opens or closes it; what is under way goes on. */
  want(wanted: boolean) {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    this.#settled = this.#settled.then(() => (this.#wanted ? this.#open() : this.#close(false)))
  }

  /** Resolves when it is as it was last wanted. */
  settled(): Promise<void> {
    return this.#settled
  }

  async stop() {
    this.want(false)
    await this.#settled
    this.#close(true)
  }

  async #open() {
    if (this.port !== undefined) return
    const { port: asked, fixed, host: only } = this.#options
    for (let port = asked; ; port++) {
      const listeners: TlsListener[] = []
      try {
        this.port = await listenBothWays(
          'GATEWAY_TLS_PORT',
          port,
          async (wanted, host) => {
            const listener = await this.#options.create()
            listeners.push(listener)
            return listen(listener, wanted, host)
          },
          only,
        )
        this.#listeners.push(...listeners)
        this.emit('open', this.port)
        return
      } catch (error) {
        for (const listener of listeners) listener.close()
        if (!fixed && error instanceof ConfigError && port < asked + 100) continue
        this.#wanted = false
        this.emit('problem', error as Error)
        return
      }
    }
  }

  #close(now: boolean) {
    this.port = undefined
    for (const listener of this.#listeners) {
      listener.close()
      if (now) listener.closeAllConnections()
    }
    if (now) this.#listeners = []
  }
}
