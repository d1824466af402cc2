/** All pods of the mesh: as many of each workload as were asked for. */
import type { Endpoint } from '@bookinfo/rules/decision'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { labelsOf, namespace, principalOf, type ExtraPort, type Workload } from '../topology.ts'
import { variablesOf, type EnvironmentChange } from './pod-env.ts'
import { placed } from './pod-labels.ts'
import { podName } from './pod-name.ts'
import { mainOf, Pod, stopLimit, type AnyPod, type Death, type LogLine } from './pod.ts'

export interface FleetOptions {
  workloads: readonly Workload[]
  /** Ports of every pod in addition to that of HTTP. */
  extraPorts?: readonly ExtraPort[]
  /** Environment of a workload's processes, in addition to the variables of its version. */
  environment: (workload: Workload) => Record<string, string>
  /** File that runs a workload; tests have their own. */
  main?: (workload: Workload) => string
  backOffMs?: number
  /** Whether the proxy still has something under way to a pod that left `waitedMs` ago. */
  busy: (pod: string, waitedMs: number) => boolean
}

export interface Replica {
  workload: Workload
  pod: AnyPod
  /** The labels of its workload, and those that were set while it ran. */
  labels: Readonly<Record<string, string>>
  /** Which rollout of its workload it came with. */
  revision: number
}

/** How long a pod that leaves is waited for until its requests are answered: Kubernetes' grace period (ms). */
const longestDrainMs = 30_000

/** `change` when a pod comes, goes or changes its phase; `death` when one died unasked. */
export interface FleetEvents {
  change: []
  death: [Replica, Death]
  line: [Replica, LogLine]
}

/** What the mesh needs of its pods: Fleet runs them, RemoteFleet finds those that others run. */
export interface AnyFleet extends EventEmitter<FleetEvents> {
  readonly replicas: readonly Replica[]
  /** Endpoints that can serve now. */
  readonly endpoints: Endpoint[]
  start(): void
  workload(name: string): Workload | undefined
  of(workload: string): readonly Replica[]
  /** How many pods a workload shall have, and the revision that they shall be of. */
  wanted(workload: Workload): { replicas: number; revision: number }
  scale(workload: Workload, count: number): void
  restart(workload: Workload): Promise<void>
  /** The variables of a workload's version. */
  variables(workload: Workload): Readonly<Record<string, string>>
  /** Sets variables of a workload, or removes them (null), and restarts its pods. */
  setVariables(workload: Workload, change: EnvironmentChange): Promise<void>
  /** Ends a pod, in `graceMs` at most, and puts another in its place. */
  replace(replica: Replica, graceMs?: number): Promise<void>
  /** They are gone with the pod. */
  label(replica: Replica, set: Readonly<Record<string, string>>, remove: readonly string[]): void
  stop(): Promise<void>
}

export const endpointOf = ({ pod, workload, labels }: Replica): Endpoint => ({
  pod: pod.name,
  workload: workload.name,
  namespace,
  principal: principalOf(workload),
  address: pod.address,
  port: pod.port,
  ...(Object.keys(pod.ports).length > 0 && { ports: pod.ports }),
  ...placed(labels),
})

/** Gives a pod labels, and takes others away. */
export function changeLabels(replica: Replica, set: Readonly<Record<string, string>>, remove: readonly string[]) {
  const labels = { ...replica.labels, ...set }
  for (const name of remove) delete labels[name]
  replica.labels = labels
}

/** More replicas than a laptop runs at once (the memory of a few gigabytes). */
export const mostReplicas = 20

interface OwnReplica extends Replica {
  pod: Pod
}

export class Fleet extends EventEmitter<FleetEvents> implements AnyFleet {
  readonly #options: FleetOptions
  #replicas: OwnReplica[] = []
  readonly #numbers = new Map<string, number>()
  readonly #wanted = new Map<string, { replicas: number; revision: number }>()
  readonly #variables = new Map<string, EnvironmentChange>()

  constructor(options: FleetOptions) {
    super()
    this.#options = options
  }

  get replicas(): readonly OwnReplica[] {
    return this.#replicas
  }

  get endpoints(): Endpoint[] {
    return this.#replicas.filter(({ pod }) => pod.phase === 'ready').map(endpointOf)
  }

  start() {
    for (const workload of this.#options.workloads) this.#add(workload)
  }

  workload(name: string): Workload | undefined {
    return this.#options.workloads.find((each) => each.name === name)
  }

  of(workload: string): OwnReplica[] {
    return this.#replicas.filter((replica) => replica.workload.name === workload)
  }

  wanted({ name }: Workload) {
    return this.#wanted.get(name) ?? { replicas: 1, revision: 1 }
  }

  variables(workload: Workload) {
    return variablesOf(workload, this.#variables.get(workload.name) ?? new Map())
  }

  /** Starts or stops pods until `count` are there; the youngest go first. */
  scale(workload: Workload, count: number) {
    const { revision } = this.wanted(workload)
    this.#wanted.set(workload.name, { replicas: count, revision })
    this.#fill(workload)
  }

  async replace(replica: Replica, graceMs?: number) {
    const own = this.#replicas.find((each) => each === replica)
    if (!own) return
    const gone = this.#remove(own, graceMs)
    this.#fill(own.workload)
    await gone
  }

  /** Gives a pod labels, and takes others away; they are gone with the pod. */
  label(replica: Replica, set: Readonly<Record<string, string>>, remove: readonly string[]) {
    changeLabels(replica, set, remove)
    this.emit('change')
  }

  /** Start new pods, then end the old ones: no request is lost. Old pods that do not serve go at once. */
  async restart(workload: Workload) {
    const { name } = workload
    const { replicas, revision: last } = this.wanted(workload)
    const revision = last + 1
    this.#wanted.set(name, { replicas, revision })
    const old = this.of(name).filter(staysHere)
    const fresh = Array.from({ length: replicas }, () => this.#add(workload))
    for (const replica of old) if (replica.pod.phase !== 'ready') void this.#remove(replica)
    await Promise.all(fresh.map(({ pod }) => becomesReady(pod)))
    // A restart that came later looks after all that is older than its own pods.
    if (this.wanted(workload).revision !== revision) return
    await Promise.all(old.filter(staysHere).map((replica) => this.#remove(replica)))
  }

  async setVariables(workload: Workload, change: EnvironmentChange) {
    this.#variables.set(workload.name, new Map([...(this.#variables.get(workload.name) ?? []), ...change]))
    await this.restart(workload)
  }

  async stop() {
    await Promise.all(this.#replicas.map(({ pod }) => pod.stop()))
  }

  #fill(workload: Workload) {
    const { replicas, revision } = this.wanted(workload)
    const now = this.of(workload.name).filter((replica) => replica.revision === revision && staysHere(replica))
    for (let i = now.length; i < replicas; i++) this.#add(workload)
    for (const replica of now.slice(replicas)) void this.#remove(replica)
  }

  #add(workload: Workload): OwnReplica {
    const { environment, extraPorts = [], main = ({ app }) => mainOf(app), backOffMs } = this.#options
    const number = this.#numbers.get(workload.name) ?? 0
    this.#numbers.set(workload.name, number + 1)
    const change: EnvironmentChange = this.#variables.get(workload.name) ?? new Map()
    const env = { ...environment(workload), ...variablesOf(workload, change) }
    for (const [name, value] of change) if (value === null) delete env[name]
    const pod = new Pod({
      name: podName(workload.name, String(number)),
      main: main(workload),
      env,
      extraPorts,
      ...(backOffMs !== undefined && { backOffMs }),
    })
    const replica: OwnReplica = { workload, pod, labels: labelsOf(workload), revision: this.wanted(workload).revision }
    this.#replicas.push(replica)
    pod.on('change', () => this.emit('change'))
    pod.on('death', (death) => this.emit('death', replica, death))
    pod.on('line', (line) => this.emit('line', replica, line))
    pod.start()
    this.emit('change')
    return replica
  }

  /** Leaves the endpoints at once, and gets the signal to stop when all requests are answered: a process that closes before it has read a request loses it. */
  async #remove(replica: OwnReplica, graceMs = longestDrainMs + stopLimit) {
    const { pod } = replica
    const began = Date.now()
    const end = began + graceMs
    pod.retire()
    for (
      const drained = Math.min(end, Date.now() + longestDrainMs);
      this.#options.busy(pod.name, Date.now() - began) && Date.now() < drained;
    )
      await sleep(10)
    await pod.stop(Math.max(0, Math.min(stopLimit, end - Date.now())))
    this.#replicas = this.#replicas.filter((each) => each !== replica)
    this.emit('change')
  }
}

/** Whether a pod has not been asked to leave. */
export const staysHere = ({ pod }: Replica) => pod.phase !== 'stopping' && pod.phase !== 'stopped'

function becomesReady(pod: Pod): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (pod.phase === 'starting' || pod.phase === 'waiting') return
      pod.off('change', look)
      resolve()
    }
    pod.on('change', look)
    look()
  })
}
