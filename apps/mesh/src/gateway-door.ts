/** A port of the gateway that is open while a Gateway needs it: the one for TLS, or that of a listener. */
import { EventEmitter } from 'node:events'
import type { Server } from 'node:net'
import { ConfigError } from '@bookinfo/contracts/environment'
import { listenBothWays } from './listen-both-ways.ts'
import { listen } from './proxy/listener.ts'

type Listener = Server & { closeAllConnections(): void }

export interface GatewayDoorOptions {
  /** What it is called in messages. */
  name: string
  /** 0 for any free one. */
  port: number
  /** Whether exactly this port was asked for: only the default may move to the next free one. */
  fixed: boolean
  create(): Promise<Listener> | Listener
  /** The one address it listens on; both of loopback when there is none. */
  host?: string | undefined
}

/** Emits `open` with the port, and `problem` when there is none to be had. */
export class GatewayDoor extends EventEmitter<{ open: [number]; problem: [Error] }> {
  readonly #options: GatewayDoorOptions
  #listeners: Listener[] = []
  #settled: Promise<void> = Promise.resolve()
  #wanted = false
  /** While it is open. */
  port: number | undefined

  constructor(options: GatewayDoorOptions) {
    super()
    this.#options = options
  }

  /** Opens or closes it; requests under way continue. */
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
    const { name, port: asked, fixed, host: only } = this.#options
    for (let port = asked; ; port++) {
      const listeners: Listener[] = []
      try {
        this.port = await listenBothWays(
          name,
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
        if (!fixed && error instanceof ConfigError && port < Math.min(asked + 100, 65_535)) continue
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
