/** Ports of the gateway for listeners without a front door: one per port. */
import type { Place } from '@bookinfo/rules/gateway-view'
import { EventEmitter } from 'node:events'
import { ConfigError } from '@bookinfo/contracts/environment'
import { GatewayDoor, type GatewayDoorOptions } from './gateway-door.ts'

export interface PortDoorsOptions {
  create: (place: Place) => ReturnType<GatewayDoorOptions['create']>
  host?: string | undefined
}

/** Where a listener is reached on this machine, or why it is not; neither while its door opens. */
export interface Reached {
  port?: number | undefined
  problem?: string | undefined
}

/** Ports below 1024 are for the machine's owner: they are had 8000 higher, as 8080 is for 80. */
const portHere = (port: number) => (port < 1024 ? port + 8000 : port)

/** Emits `open` with the place and the port on this machine, and `problem` when none is to be had. */
export class PortDoors extends EventEmitter<{ open: [Place, number]; problem: [Place, Error] }> {
  readonly #options: PortDoorsOptions
  readonly #doors = new Map<string, { door: GatewayDoor; problem?: string | undefined }>()

  constructor(options: PortDoorsOptions) {
    super()
    this.#options = options
  }

  /** Opens these and closes all others. */
  want(places: readonly Place[]) {
    const wanted = new Map(places.map((place) => [keyOf(place), place]))
    for (const [key, place] of wanted) if (!this.#doors.has(key)) this.#doors.set(key, { door: this.#make(place, key) })
    for (const [key, { door }] of this.#doors) door.want(wanted.has(key))
  }

  reached(place: Place): Reached {
    const { door, problem } = this.#doors.get(keyOf(place)) ?? {}
    return { port: door?.port, problem: door?.port === undefined ? problem : undefined }
  }

  async settled() {
    await Promise.all(Array.from(this.#doors.values(), ({ door }) => door.settled()))
  }

  async stop() {
    await Promise.all(Array.from(this.#doors.values(), ({ door }) => door.stop()))
  }

  #make(place: Place, key: string): GatewayDoor {
    const { create, host } = this.#options
    const name = `port ${place.port} of a Gateway`
    const door = new GatewayDoor({ name, port: portHere(place.port), fixed: false, host, create: () => create(place) })
    door.on('open', (port) => this.emit('open', place, port))
    door.on('problem', (error) => {
      this.#doors.get(key)!.problem =
        error instanceof ConfigError ? `neither ${portHere(place.port)} nor a port soon after it is free on this machine` : error.message
      this.emit('problem', place, error)
    })
    return door
  }
}

const keyOf = ({ scheme, port }: Place) => `${scheme} ${port}`
