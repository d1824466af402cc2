/** Sidecar: what a workload's proxy knows of the mesh. */
import type { Caller } from '../model/decision.ts'
import { hasLabels } from '../model/conditions.ts'
import { fullHost, hostCovers } from '../model/host.ts'
import type { SidecarObject } from '../manifests/kinds/sidecar.ts'

/** The one that holds for a caller: by labels, then its namespace's, then the root namespace's; of two, the older. */
export const sidecarFor = (sidecars: readonly SidecarObject[], caller: Caller, rootNamespace: string): SidecarObject | undefined => {
  if (sidecars.length === 0) return undefined
  const selects = ({ spec }: SidecarObject): boolean =>
    spec.workloadSelector !== undefined && hasLabels(spec.workloadSelector.labels, caller.labels)
  const own = sidecars.filter(({ namespace }) => namespace === caller.namespace)
  return (
    own.find(selects) ??
    own.find(({ spec }) => !spec.workloadSelector) ??
    sidecars.find(({ namespace, spec }) => namespace === rootNamespace && !spec.workloadSelector)
  )
}

/** Whether a Sidecar lets its callers know of a host of a namespace. Without egress everything is known. */
export const imports = (sidecar: SidecarObject | undefined, namespace: string, host: string, callerNamespace: string): boolean => {
  if (!sidecar?.spec.egress) return true
  return sidecar.spec.egress.some(({ hosts }) =>
    hosts.some((entry) => {
      const slash = entry.indexOf('/')
      const [from, pattern] = [entry.slice(0, slash), entry.slice(slash + 1)]
      if (from === '~' || (from !== '*' && (from === '.' ? callerNamespace : from) !== namespace)) return false
      return hostCovers(fullHost(pattern, namespace), host)
    }),
  )
}
