/** One pod: a workload's process, started again with a growing pause whenever it dies, until it is stopped. */
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { get } from 'node:http'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '@bookinfo/contracts/free-ports'
import { podPorts, type ExtraPort } from '../topology.ts'

export type PodPhase = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped'

/** What the mesh needs of a pod, started by the mesh or elsewhere. */
export interface AnyPod {
  readonly name: string
  readonly phase: PodPhase
  /** IP address, and port, where it serves. */
  readonly address: string
  readonly port: number
  /** Where it serves further ports of its services, by their numbers. */
  readonly ports: Readonly<Record<number, number>>
  readonly pid: number | undefined
  readonly restarts: number
  /** ms since 1970; 0 while that is not known. */
  readonly startedAt: number
  readonly lastDeath: Death | undefined
  /** When it was asked to leave (ms since 1970). */
  readonly leavingSince?: number | undefined
  /** Last lines of its process. */
  readonly log: readonly LogLine[]
  /** Those of the process before, when there was one. */
  readonly previousLog: readonly LogLine[] | undefined
  kill(): void
}

/** What a process wrote, and when (ms since 1970). */
export interface LogLine {
  at: number
  text: string
}

export interface PodOptions {
  /** Pod's name, also its HOSTNAME. */
  name: string
  /** File that Node runs. */
  main: string
  env: Readonly<Record<string, string>>
  /** Ports that it serves in addition to that of HTTP. */
  extraPorts?: readonly ExtraPort[]
  /** First pause before a restart; it doubles up to `maxBackOffMs` while the pod keeps dying young. */
  backOffMs?: number
  maxBackOffMs?: number
}

/** How a process ended that was not asked to stop. */
export interface Death {
  /** `exit code 1` or `SIGKILL` */
  how: string
  /** Last lines of its stderr. */
  stderr: readonly string[]
  at: number
}

/** A process that lived this long (ms) starts with the first pause again. */
const settled = 10_000
/** How long a process may take to leave (ms). */
export const stopLimit = 5_000
const keptLines = 300
/** `.ts` in the repository, `.js` in the package. */
const extension = extname(import.meta.url)
const preload = new URL(`./exit-with-parent${extension}`, import.meta.url).href

/** Emits `change` whenever its phase does, `death` with a Death, and `line` with each line that the process writes. */
export class Pod extends EventEmitter<{ change: []; death: [Death]; line: [LogLine] }> implements AnyPod {
  readonly name: string
  readonly address = '127.0.0.1'
  readonly #options: Required<PodOptions>
  phase: PodPhase = 'starting'
  port = 0
  ports: Readonly<Record<number, number>> = {}
  restarts = 0
  startedAt = 0
  lastDeath: Death | undefined
  leavingSince: number | undefined
  log: LogLine[] = []
  previousLog: LogLine[] | undefined
  #child: ChildProcess | undefined
  #stop = new AbortController()
  #life: Promise<void> | undefined

  constructor(options: PodOptions) {
    super()
    this.name = options.name
    this.#options = { backOffMs: 250, maxBackOffMs: 10_000, extraPorts: [], ...options }
  }

  get pid() {
    return this.#child?.pid
  }

  start() {
    this.#life ??= this.#live()
  }

  /** Kills the process as a crash would; the pod starts it again. */
  kill(signal: NodeJS.Signals = 'SIGKILL') {
    this.#child?.kill(signal)
  }

  /** Takes the pod out of service for good; its process goes on until `stop`. */
  retire() {
    this.leavingSince ??= Date.now()
    this.#stop.abort()
    this.#enter('stopping')
  }

  /** Ends the pod for good: SIGTERM, and SIGKILL for what does not leave in `graceMs`. */
  async stop(graceMs = stopLimit) {
    this.retire()
    if (graceMs <= 0) this.#child?.kill('SIGKILL')
    else if (process.platform === 'win32') this.#child?.stdin?.end()
    else this.#child?.kill('SIGTERM')
    const killer = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs)
    await this.#life
    clearTimeout(killer)
    this.#enter('stopped')
  }

  async #live() {
    const { backOffMs, maxBackOffMs } = this.#options
    let pause = backOffMs
    while (!this.#stop.signal.aborted) {
      const how = await this.#run()
      if (this.#stop.signal.aborted) return
      if (Date.now() - this.startedAt > settled) pause = backOffMs
      this.lastDeath = { how, stderr: this.#stderr.slice(-10), at: Date.now() }
      this.#enter('waiting')
      this.emit('death', this.lastDeath)
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined)
      pause = Math.min(pause * 2, maxBackOffMs)
      this.restarts++
    }
  }

  #stderr: string[] = []

  async #run(): Promise<string> {
    const { main, env, extraPorts } = this.#options
    const listened = extraPorts.filter(({ variable }) => variable !== undefined)
    const [port = 0, ...others] = await freePorts(1 + listened.length)
    this.port = port
    const own = Object.fromEntries(listened.map(({ number }, index) => [number, others[index]!]))
    this.ports = podPorts(extraPorts, port, own)
    if (this.#stop.signal.aborted) return 'never started'
    this.#stderr = []
    if (this.startedAt > 0) [this.previousLog, this.log] = [this.log, []]
    this.startedAt = Date.now()
    this.#enter('starting')
    const child = spawn(process.execPath, ['--import', preload, main], {
      env: {
        ...env,
        HOSTNAME: this.name,
        HOST: '127.0.0.1',
        PORT: String(port),
        ...Object.fromEntries(listened.map(({ variable, number }) => [variable, String(own[number])])),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C reaches only the mesh, which then stops its pods in order.
      detached: true,
      windowsHide: true,
    })
    this.#child = child
    // Closing is how a dead mesh is noticed; writing never happens.
    child.stdin.on('error', () => undefined)
    eachLine(child.stdout, (line) => this.#keep(line))
    eachLine(child.stderr, (line) => {
      this.#stderr.push(line)
      if (this.#stderr.length > keptLines) this.#stderr.shift()
      this.#keep(line)
    })
    const ended = new AbortController()
    void this.#awaitReady(child, port, ended.signal)
    const how = await Promise.race([
      once(child, 'close').then(([code, signal]) => signal ?? `exit code ${code}`),
      once(child, 'error').then(([error]) => String(error)),
    ])
    ended.abort()
    return how
  }

  async #awaitReady(child: ChildProcess, port: number, ended: AbortSignal) {
    while (!ended.aborted && child === this.#child) {
      if (await answersReady(port)) {
        if (!ended.aborted && this.phase === 'starting') this.#enter('ready')
        return
      }
      await sleep(25)
    }
  }

  #keep(line: string) {
    const entry = { at: Date.now(), text: line }
    this.log.push(entry)
    if (this.log.length > keptLines) this.log.shift()
    this.emit('line', entry)
  }

  #enter(phase: PodPhase) {
    if (this.phase === 'stopped' || (this.phase === 'stopping' && phase !== 'stopped') || this.phase === phase) return
    this.phase = phase
    this.emit('change')
  }
}

/** Whether the process on `port` says that it is ready. */
function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false, timeout: 1000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false)).on('timeout', () => request.destroy())
  })
}

/** Calls `line` for each whole line; a line longer than 8 kB is cut into pieces. */
function eachLine(stream: NodeJS.ReadableStream, line: (text: string) => void) {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const whole of lines) line(whole)
    if (rest.length > 8192) {
      line(rest)
      rest = ''
    }
  })
  stream.on('end', () => rest && line(rest))
}

/** The file that runs a service of this repository. */
export const mainOf = (app: string) => fileURLToPath(new URL(`../../../${app}/src/main${extension}`, import.meta.url))
