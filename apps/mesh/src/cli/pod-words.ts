/** What `POD`, `pod/NAME`, `deploy/NAME` and `svc/NAME` mean among what runs. */
import { labelSelector, SelectorError } from '../control/selectors.ts'
import type { statusOf } from '../control/views.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { pluralOf, readTargets } from './resource-words.ts'

export type Status = ReturnType<typeof statusOf>
export type WorkloadStatus = Status['workloads'][number]
export type PodStatus = WorkloadStatus['pods'][number]
type ServiceStatus = Status['services'][number]

/** A pod and its workload. */
export interface RunningPod {
  pod: PodStatus
  workload: WorkloadStatus
}

/** The gateway, or pods: those that can serve first. */
export type Meant =
  | { kind: 'gateway'; status: Status }
  | { kind: 'pods'; pods: readonly RunningPod[]; service?: ServiceStatus; status: Status }

const gatewayName = 'istio-ingressgateway'

export const podsOf = ({ workloads }: Pick<Status, 'workloads'>): RunningPod[] =>
  workloads.flatMap((workload) => workload.pods.map((pod) => ({ pod, workload })))

/** Whether labels are those of `-l`; without it all are. @throws CliError */
export function selects(selector: string | undefined): (labels: Readonly<Record<string, string>>) => boolean {
  try {
    return labelSelector(selector ?? '')
  } catch (error) {
    throw error instanceof SelectorError ? new CliError(`error: ${error.message}`) : error
  }
}

/** @throws CliError in kubectl's words for a missing object */
export async function podsMeant(word: string, namespace: string): Promise<Meant> {
  const status = await ask<Status>('GET', '/api/status')
  const [plural, name] = word.includes('/') ? await namedBy(word) : ['', word]
  if (name === gatewayName && plural !== 'pods') return { kind: 'gateway', status }
  const all = namespace === 'default' ? podsOf(status) : []
  const running = all.toSorted((a, b) => Number(b.pod.phase === 'ready') - Number(a.pod.phase === 'ready'))
  const meant = (of: (each: RunningPod) => boolean) => running.filter(of)
  if (plural === 'services') {
    const service = namespace === 'default' ? status.services.find((each) => each.name === name) : undefined
    if (!service) throw notFound('services', name)
    const pods = meant(({ workload }) => workload.app === name || workload.name === name)
    return { kind: 'pods', pods: some(pods, 'svc', name), service, status }
  }
  if (plural === 'deployments.apps') {
    if (namespace !== 'default' || !status.workloads.some((each) => each.name === name)) throw notFound(plural, name)
    return {
      kind: 'pods',
      pods: some(
        meant(({ workload }) => workload.name === name),
        'deployment',
        name,
      ),
      status,
    }
  }
  if (plural !== '' && plural !== 'pods') throw new CliError(`error: cannot attach to *${plural}: selector for ${word} not implemented`)
  // A workload's plain name means its pods.
  const pods = meant(({ pod, workload }) => pod.name === name || (plural === '' && workload.name === name))
  if (pods.length === 0) throw notFound('pods', name)
  return { kind: 'pods', pods, status }
}

async function namedBy(word: string): Promise<[plural: string, name: string]> {
  const [target] = await readTargets([word])
  return [pluralOf(target!.kinds[0]!), target!.name ?? '']
}

const notFound = (plural: string, name: string) => new CliError(`Error from server (NotFound): ${plural} "${name}" not found`)

function some(pods: RunningPod[], kind: string, name: string): RunningPod[] {
  if (pods.length > 0) return pods
  throw new CliError(`error: ${kind}/${name} has no pods: give it some with: bookinfo scale`)
}
