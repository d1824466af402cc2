/** Rule files without a running mesh: compiled for the application's own workloads, one ready pod for each. */
import type { Endpoint, Inventory } from '@bookinfo/rules/decision'
import { ManifestError, type Notice } from '@bookinfo/rules/manifest'
import type { Sidecar } from '../proxy/door.ts'
import { createSidecar } from '../proxy/sidecar.ts'
import { callerOf, gateway, labelsOf, namespace, principalOf, selectable, servicePort, services, workloads } from '../topology.ts'
import { RuleStore, type ManifestFile } from './store.ts'

export interface OfflineRules {
  store: RuleStore
  /** Why files were refused. These files are left out of everything else. */
  problems: readonly Notice[]
  /** Objects that were left out, and old formats that were converted. */
  notices: readonly Notice[]
  /** What the rules would warn about once they are applied. */
  warnings: readonly Notice[]
}

/** Reads and compiles `files`; objects without a namespace belong to `ofNamespace`. Never throws for what a file says. */
export function readOffline(files: readonly ManifestFile[], ofNamespace = namespace): OfflineRules {
  const store = new RuleStore({ inventory: () => inventory })
  const problems: Notice[] = []
  const notices: Notice[] = []
  for (const file of files) {
    try {
      notices.push(...store.apply([file], { namespace: ofNamespace }).notices)
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error
      problems.push(...error.problems)
    }
  }
  return { store, problems, notices, warnings: store.warnings }
}

const endpoints = workloads.map((workload): Endpoint => {
  const { name } = workload
  const labels = labelsOf(workload)
  return { pod: `${name}-0`, workload: name, namespace, labels, address: '127.0.0.1', port: servicePort, principal: principalOf(workload) }
})

const inventory: Inventory = { services, endpoints, workloads: selectable(endpoints) }

/** What `explain` asks: the rules, and proxies that have not sent anything yet. */
export function offlineWorld({ store }: OfflineRules) {
  const sidecarOf = (workload: (typeof workloads)[number]): [string, Sidecar] => [
    workload.name,
    createSidecar(callerOf(workload), workload.app, workload.version),
  ]
  return {
    rules: store.rules,
    services,
    gateway: createSidecar({ kind: 'gateway', remoteIp: '', ...gateway }, gateway.name, 'v1'),
    sidecars: new Map(workloads.map(sidecarOf)),
  }
}
