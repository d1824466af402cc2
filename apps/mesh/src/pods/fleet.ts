/** All pods of the mesh: as many of each workload as were asked for. */
import type { Endpoint } from '@bookinfo/rules/decision'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { labelsOf, namespace, principalOf, type Workload } from '../topology.ts'
import { placed } from './pod-labels.ts'
import { podName } from './pod-name.ts'
import { mainOf, Pod, type AnyPod, type Death } from './pod.ts'

export interface FleetOptions {
  workloads: readonly Workload[]
  /** Environment of a workload's processes, beside what makes its version. */
  environment: (workload: Workload) => Record<string, string>
  /** File that runs a workload; tests have their own. */
  main?: (workload: Workload) => string
  backOffMs?: number
  /** Whether the proxy has requests under way to a pod. */
  busy: (pod: string) => boolean
}

export interface Replica {
  workload: Workload
  pod: AnyPod
  /** Those of its workload, and what it was given while it ran. */
  labels: Readonly<Record<string, string>>
}

/** How long a pod that leaves is waited for until its requests are answered; the service itself finishes what takes longer (ms). */
const longestDrainMs = 5_000

/** `change` when a pod comes, goes or changes its phase; `death` when one died unasked. */
export interface FleetEvents {
  change: []
  death: [Replica, Death]
  line: [Replica, string]
}

/** What the mesh needs of its pods: Fleet runs them, RemoteFleet finds those that others run. */
export interface AnyFleet extends EventEmitter<FleetEvents> {
  readonly replicas: readonly Replica[]
  /** Endpoints that can serve now. */
  readonly endpoints: Endpoint[]
  start(): void
  workload(name: string): Workload | undefined
  of(workload: string): readonly Replica[]
  scale(workload: Workload, count: number): void
  restart(workload: Workload): Promise<void>
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
  #numbers = new Map<string, number>()

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

  /** Starts or stops pods until `count` are there; the youngest go first. */
  scale(workload: Workload, count: number) {
    const now = this.of(workload.name)
    for (let i = now.length; i < count; i++) this.#add(workload)
    for (const replica of now.slice(count)) void this.#remove(replica)
  }

  /** Gives a pod labels, and takes others away; they are gone with the pod. */
  label(replica: Replica, set: Readonly<Record<string, string>>, remove: readonly string[]) {
    changeLabels(replica, set, remove)
    this.emit('change')
  }

  /** New pods first, then the old ones go: no request is lost. */
  async restart(workload: Workload) {
    const old = this.of(workload.name)
    const fresh = old.map(() => this.#add(workload))
    await Promise.all(fresh.map(({ pod }) => becomesReady(pod)))
    await Promise.all(old.map((replica) => this.#remove(replica)))
  }

  async stop() {
    await Promise.all(this.#replicas.map(({ pod }) => pod.stop()))
  }

  #add(workload: Workload): OwnReplica {
    const { environment, main = ({ app }) => mainOf(app), backOffMs } = this.#options
    const number = this.#numbers.get(workload.name) ?? 0
    this.#numbers.set(workload.name, number + 1)
    const pod = new Pod({
      name: podName(workload.name, String(number)),
      main: main(workload),
      env: { ...environment(workload), ...workload.env },
      ...(backOffMs !== undefined && { backOffMs }),
    })
    const replica: OwnReplica = { workload, pod, labels: labelsOf(workload) }
    this.#replicas.push(replica)
    pod.on('change', () => this.emit('change'))
    pod.on('death', (death) => this.emit('death', replica, death))
    pod.on('line', (line) => this.emit('line', replica, line))
    pod.start()
    this.emit('change')
    return replica
  }

  /** Out of the endpoints at once, and told to stop when all is answered: a process that closes before it has read a request loses it. */
  async #remove(replica: OwnReplica) {
    const { pod } = replica
    pod.retire()
    for (const end = Date.now() + longestDrainMs; this.#options.busy(pod.name) && Date.now() < end;) await sleep(10)
    await pod.stop()
    this.#replicas = this.#replicas.filter((each) => each !== replica)
    this.emit('change')
  }
}

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
