/** One pod that another tool runs: polled for readiness. */
import { EventEmitter } from 'node:events'
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyPod, Death, PodPhase } from './pod.ts'

export interface RemotePodOptions {
  /** Name or IP address. */
  host: string
  port: number
  /** Further ports, by the numbers that services have for them. */
  ports?: Readonly<Record<number, number>>
  /** Pause between two questions. */
  everyMs?: number
}

/** Time limit of an answer (ms). */
const answerLimit = 1000
/** This many bad answers in a row take a pod out, as a Kubernetes probe does; a failed connection does so at once. */
const badAnswers = 3

/** What the mesh cannot do with a pod that it did not start. */
export class NotStartedHere extends Error {
  override name = 'NotStartedHere'
  /** For the control API. */
  readonly statusCode = 409
  constructor(what: string) {
    super(`${what} was not started by this mesh, which only routes to the addresses in WORKLOADS: do that where it runs`)
  }
}

/** Emits `change` whenever its phase does, and `death` when it stops answering. Names are looked up each time: a container that comes back may have another address. */
export class RemotePod extends EventEmitter<{ change: []; death: [Death] }> implements AnyPod {
  readonly name: string
  readonly port: number
  readonly ports: Readonly<Record<number, number>>
  readonly pid = undefined
  phase: PodPhase = 'starting'
  address: string
  /** Times that it came back. */
  restarts = 0
  startedAt = 0
  lastDeath: Death | undefined
  readonly #host: string
  readonly #everyMs: number
  readonly #stop = new AbortController()
  #life: Promise<void> | undefined

  constructor({ host, port, ports = {}, everyMs = 1000 }: RemotePodOptions) {
    super()
    this.name = `${host}:${port}`
    this.address = host
    this.port = port
    this.ports = ports
    this.#host = host
    this.#everyMs = everyMs
  }

  get log(): never {
    throw new NotStartedHere(this.name)
  }

  get previousLog(): never {
    throw new NotStartedHere(this.name)
  }

  kill(): never {
    throw new NotStartedHere(this.name)
  }

  start() {
    this.#life ??= this.#watch()
  }

  /** Ends the questions; the pod itself goes on. */
  async stop() {
    this.#stop.abort()
    await this.#life
  }

  async #watch() {
    const { signal } = this.#stop
    for (let bad = 0; !signal.aborted; await sleep(this.#everyMs, undefined, { signal }).catch(() => undefined)) {
      const answer = await ask(this.#host, this.port, signal)
      if (signal.aborted) return
      if (answer.ready) {
        bad = 0
        this.#up(answer.address)
      } else if (!answer.there || ++bad >= badAnswers) this.#down(answer.how)
    }
  }

  #up(address: string) {
    if (this.phase === 'ready' && this.address === address) return
    if (this.startedAt === 0) this.lastDeath = undefined
    else if (this.phase === 'waiting') this.restarts++
    if (this.phase !== 'ready') this.startedAt = Date.now()
    this.phase = 'ready'
    this.address = address
    this.emit('change')
  }

  #down(how: string) {
    if (this.phase === 'waiting') return
    const died = this.phase === 'ready'
    this.phase = 'waiting'
    // A pod that was never up has its reason reported too, until it is up.
    this.lastDeath = { how, stderr: [], at: Date.now() }
    this.emit('change')
    if (died) this.emit('death', this.lastDeath)
  }
}

type Answer = { ready: true; address: string } | { ready: false; there: boolean; how: string }

function ask(host: string, port: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/readyz', agent: false, timeout: answerLimit, signal }, (response) => {
      const address = response.socket.remoteAddress?.replace(/^::ffff:/, '')
      response.resume()
      if (response.statusCode === 200 && address) resolve({ ready: true, address })
      else resolve({ ready: false, there: true, how: `GET /readyz: ${response.statusCode}` })
    })
    request.on('timeout', () => request.destroy(new Error(`GET /readyz: no answer in ${answerLimit} ms`)))
    request.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      const there = code === undefined || code === 'ECONNRESET'
      resolve({ ready: false, there, how: absences[code ?? ''] ?? message })
    })
  })
}

const absences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name is not known',
}
