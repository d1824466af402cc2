/** What hosts exist: the mesh's services, and those of ServiceEntries. */
import { inBlocks } from '../model/cidr.ts'
import type { Endpoint, Inventory, PodSelector } from '../model/decision.ts'
import { endpointsOf, selectedBy } from '../model/selected-by.ts'
import { hostCovers, mostSpecific } from '../model/host.ts'
import type { ServiceEntryObject } from '../manifests/kinds/service-entry.ts'

/** A host that requests can go to. */
export interface Host {
  host: string
  namespace: string
  ports: readonly { number: number; name: string | undefined; protocol: string | undefined; targetPort: number }[]
  exportTo: readonly string[]
  /** Addresses that are dialled instead of its name. */
  addresses: readonly string[]
  /** Endpoints for one of its ports. */
  endpoints: (port: number) => readonly Endpoint[]
  /** Which pods these are, where they are pods. */
  pods?: PodSelector
  /** Labels of all that could be endpoints, ready or not. */
  candidates: readonly Readonly<Record<string, string>>[]
  /** Names of which its certificate carries one, where a rule begins TLS and says nothing of names. */
  subjectAltNames?: readonly string[]
  /** Outside of the mesh: dialled by name; `as-asked` under the name that the request has. */
  external?: 'by-name' | 'as-asked'
}

export class Registry {
  readonly #hosts = new Map<string, Host>()
  #addressed: { host: Host; has: (address: string) => boolean }[] | undefined

  constructor(inventory: Inventory, entries: readonly ServiceEntryObject[]) {
    for (const service of inventory.services) {
      const pods = { namespace: service.namespace, labels: [service.selector] }
      const selected = new Map(service.ports.map(({ number }) => [number, endpointsOf({ ...pods, port: number }, inventory.endpoints)]))
      this.#hosts.set(service.host, {
        host: service.host,
        namespace: service.namespace,
        ports: service.ports.map(({ number, name, protocol }) => ({ number, name, protocol, targetPort: number })),
        exportTo: ['*'],
        addresses: [],
        endpoints: (port) => selected.get(port) ?? [],
        pods,
        candidates: candidatesOf(pods, inventory),
      })
    }
    for (const entry of entries)
      for (const host of entry.spec.hosts)
        if (!this.#hosts.has(host.toLowerCase())) this.#hosts.set(host.toLowerCase(), entryHost(entry, host.toLowerCase(), inventory))
  }

  /** The host itself or the wildcard entry that covers it. */
  get(host: string): Host | undefined {
    return mostSpecific(this.#hosts, host)
  }

  /** The host that has an address. */
  at(address: string): Host | undefined {
    this.#addressed ??= [...this.#hosts.values()]
      .filter(({ addresses }) => addresses.length > 0)
      .map((host) => ({ host, has: inBlocks(host.addresses) }))
    return this.#addressed.find(({ has }) => has(address))?.host
  }

  /** Hosts that a wildcard covers. */
  coveredBy(pattern: string): Host[] {
    return [...this.#hosts.values()].filter(({ host }) => hostCovers(pattern, host))
  }
}

const candidatesOf = (pods: PodSelector, { workloads }: Inventory): Host['candidates'] =>
  selectedBy(
    pods,
    workloads.filter(({ kind }) => kind === 'workload'),
  ).map(({ labels }) => labels)

const entryHost = ({ spec, namespace }: ServiceEntryObject, host: string, inventory: Inventory): Host => {
  const ports = spec.ports.map(({ number, protocol, targetPort, name }) => ({
    number,
    protocol,
    targetPort: targetPort ?? number,
    name,
  }))
  const pods = spec.workloadSelector?.labels && { namespace, labels: [spec.workloadSelector.labels] }
  const endpoints = (port: number): Endpoint[] => {
    const named = ports.find(({ number }) => number === port)
    if (pods) return endpointsOf({ ...pods, port: named?.targetPort ?? port }, inventory.endpoints)
    return (spec.endpoints ?? []).map((each, index) => ({
      pod: `${host}/${index}`,
      workload: host,
      namespace,
      labels: each.labels ?? {},
      address: each.address,
      port: portIn(each.ports, named?.name) ?? named?.targetPort ?? port,
      ...(each.locality !== undefined && { locality: each.locality }),
    }))
  }
  const hasEndpoints = Boolean(pods ?? spec.endpoints?.length)
  const asAsked = (spec.resolution ?? 'NONE') === 'NONE' || spec.resolution === 'DYNAMIC_DNS' || host.startsWith('*')
  return {
    host,
    namespace,
    ports,
    exportTo: spec.exportTo ?? ['*'],
    addresses: spec.addresses ?? [],
    endpoints,
    ...(pods && { pods }),
    ...(spec.subjectAltNames?.length && { subjectAltNames: spec.subjectAltNames }),
    candidates: pods ? candidatesOf(pods, inventory) : (spec.endpoints ?? []).map(({ labels = {} }) => labels),
    ...(!hasEndpoints && { external: asAsked ? ('as-asked' as const) : ('by-name' as const) }),
  }
}

/** Whether a rule of `owner` holds for callers in `namespace`. */
export const exportedTo = (exportTo: readonly string[] | undefined, owner: string, namespace: string): boolean =>
  !exportTo || exportTo.length === 0 || exportTo.some((each) => each === '*' || each === namespace || (each === '.' && owner === namespace))

const portIn = (ports: Record<string, number> | undefined, name: string | undefined): number | undefined =>
  ports && name !== undefined && Object.hasOwn(ports, name) ? ports[name] : undefined
