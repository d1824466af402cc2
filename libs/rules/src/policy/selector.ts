import { hasLabels } from '../model/conditions.ts'
import type { PolicyTarget } from '../manifests/kinds/policy-target.ts'
import type { Workload } from '../model/decision.ts'

/** Where a policy applies: its namespace (the root namespace means all), and the workloads there that it selects. */
export const selects = (policy: { namespace: string; spec: PolicyTarget }, workload: Workload, rootNamespace: string): boolean => {
  const { selector, targetRef, targetRefs } = policy.spec
  const targets = [...(targetRef ? [targetRef] : []), ...(targetRefs ?? [])]
  if (targets.length > 0)
    return policy.namespace === workload.entered?.namespace && targets.some(({ name }) => workload.entered?.name === name)
  if (policy.namespace !== rootNamespace && policy.namespace !== workload.namespace) return false
  return hasLabels(selector?.matchLabels ?? {}, workload.labels)
}
