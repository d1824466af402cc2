/** PeerAuthentication: whether a workload takes plain text. */
import { hasLabels } from '../model/conditions.ts'
import type { Workload } from '../model/decision.ts'
import type { PeerAuthentication, PeerAuthenticationObject } from '../manifests/kinds/peer-authentication.ts'
import { whereIs } from '../model/manifest.ts'

type Mode = 'DISABLE' | 'PERMISSIVE' | 'STRICT'

export class PeerAuthentications {
  readonly #objects: readonly PeerAuthenticationObject[]
  readonly #rootNamespace: string

  /** `objects` oldest first: of two for the same workloads, the older one holds. */
  constructor(objects: readonly PeerAuthenticationObject[], rootNamespace: string) {
    this.#objects = objects
    this.#rootNamespace = rootNamespace
  }

  /** The mode of a workload's port, and where it is from: the workload's own policy, its namespace's, the mesh's; PERMISSIVE without any. */
  modeOf(workload: Workload): { mode: Mode; rule: string } {
    const own = this.#objects.filter(({ namespace }) => namespace === workload.namespace)
    const levels = [
      own.find(({ spec }) => hasSelector(spec) && hasLabels(spec.selector!.matchLabels!, workload.labels)),
      own.find(({ spec }) => !hasSelector(spec)),
      this.#objects.find(({ namespace, spec }) => namespace === this.#rootNamespace && !hasSelector(spec)),
    ]
    for (const policy of levels) {
      const mode = policy && (set(policy.spec.portLevelMtls?.[workload.port]?.mode) ?? set(policy.spec.mtls?.mode))
      if (mode) return { mode, rule: whereIs(policy) }
    }
    return { mode: 'PERMISSIVE', rule: 'default' }
  }
}

const set = (mode: Mode | 'UNSET' | undefined): Mode | undefined => (mode === 'UNSET' ? undefined : mode)
const hasSelector = ({ selector }: PeerAuthentication): boolean => Object.keys(selector?.matchLabels ?? {}).length > 0
