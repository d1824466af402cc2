/** The pods that others run, at the addresses that were given: watched and routed to, never started or ended. */
import type { Endpoint } from '@bookinfo/rules/decision'
import { EventEmitter } from 'node:events'
import type { RemoteAddress } from '../config.ts'
import { labelsOf, podPorts, type ExtraPort, type Workload } from '../topology.ts'
import { changeLabels, endpointOf, type AnyFleet, type FleetEvents, type Replica } from './fleet.ts'
import { NotStartedHere, RemotePod } from './remote-pod.ts'

interface RemoteReplica extends Replica {
  pod: RemotePod
}

export class RemoteFleet extends EventEmitter<FleetEvents> implements AnyFleet {
  readonly replicas: readonly RemoteReplica[]

  /** `everyMs` is the pause between two questions to one pod. */
  constructor(addresses: readonly RemoteAddress[], extraPorts: readonly ExtraPort[] = [], everyMs?: number) {
    super()
    this.replicas = addresses.map(({ workload, host, port, ports: named = {} }) => {
      const own = Object.fromEntries(extraPorts.map(({ number, name }) => [number, named[name] ?? number]))
      const ports = podPorts(extraPorts, port, own)
      const pod = new RemotePod({ host, port, ports, ...(everyMs !== undefined && { everyMs }) })
      const replica = { workload, pod, labels: labelsOf(workload), revision: 1 }
      pod.on('change', () => this.emit('change'))
      pod.on('death', (death) => this.emit('death', replica, death))
      return replica
    })
  }

  get endpoints(): Endpoint[] {
    return this.replicas.filter(({ pod }) => pod.phase === 'ready').map(endpointOf)
  }

  start() {
    for (const { pod } of this.replicas) pod.start()
  }

  workload(name: string): Workload | undefined {
    return this.replicas.find(({ workload }) => workload.name === name)?.workload
  }

  of(workload: string): RemoteReplica[] {
    return this.replicas.filter((replica) => replica.workload.name === workload)
  }

  wanted({ name }: Workload) {
    return { replicas: this.of(name).length, revision: 1 }
  }

  variables({ name }: Workload): never {
    throw new NotStartedHere(name)
  }

  setVariables({ name }: Workload): never {
    throw new NotStartedHere(name)
  }

  scale({ name }: Workload): never {
    throw new NotStartedHere(name)
  }

  restart({ name }: Workload): never {
    throw new NotStartedHere(name)
  }

  replace({ pod }: Replica): never {
    throw new NotStartedHere(pod.name)
  }

  label(replica: Replica, set: Readonly<Record<string, string>>, remove: readonly string[]) {
    changeLabels(replica, set, remove)
    this.emit('change')
  }

  async stop() {
    await Promise.all(this.replicas.map(({ pod }) => pod.stop()))
  }
}
