/** Calls of the control API. The types are the server's own. */
import type { ManifestError, Notice } from '@bookinfo/rules/manifest'
import type { LibraryFile } from '../../control/library.ts'
import type { TrafficPlan, TrafficReport } from '../../control/traffic.ts'
import type { appliedOf, describeObject, snapshotOf, statusOf } from '../../control/views.ts'
import type { Change } from '../../rules/store.ts'
import type { ZipkinSpan } from '../../tracing/span.ts'

export type Status = ReturnType<typeof statusOf>
export type WorkloadStatus = Status['workloads'][number]
export type Applied = ReturnType<typeof appliedOf>
export type AppliedObject = Applied['objects'][number]
export type Snapshot = ReturnType<typeof snapshotOf>
export type Described = ReturnType<typeof describeObject>
export type ReadyMade = Omit<LibraryFile, 'objects'> & { objects: Described[]; applied: boolean }

export interface Outcome {
  changes: (Described & { action: Change['action']; raw: Record<string, unknown> })[]
  notices: Notice[]
  warnings: Notice[]
}

/** What the mesh refused, in its own words; `problems` when it was manifests. */
export class ApiError extends Error {
  readonly problems: ManifestError['problems']
  constructor(message: string, problems: ManifestError['problems'] = []) {
    super(message)
    this.problems = problems
  }
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: Error) => {
    throw error.name === 'AbortError' ? error : new ApiError('The mesh does not answer.')
  })
  const answer = (await response.json().catch((error: Error) => {
    if (error.name === 'AbortError') throw error
    return {}
  })) as { error?: string; problems?: ManifestError['problems'] }
  if (!response.ok) throw new ApiError(answer.error ?? `The mesh answered ${response.status}.`, answer.problems)
  return answer as T
}

const part = encodeURIComponent

export const applyText = (file: string, text: string) => ask<Outcome>('POST', '/api/apply', { files: [{ file, text }] })
export const checkText = (file: string, text: string, signal: AbortSignal) =>
  ask<Outcome>('POST', '/api/apply', { files: [{ file, text }], dryRun: true }, signal)
export const deleteText = (file: string, text: string) => ask<Outcome>('POST', '/api/delete', { files: [{ file, text }] })
export const deleteObject = ({ resource, namespace, name }: Described) =>
  ask<Outcome>('DELETE', `/api/objects/${part(resource)}/${part(namespace)}/${part(name)}`)
export const readyMade = () => ask<ReadyMade[]>('GET', '/api/library')
export const setTraffic = (plan: TrafficPlan) => ask<TrafficReport>('PUT', '/api/traffic', plan)
export const scale = (workload: string, replicas: number) => ask('PUT', `/api/workloads/${part(workload)}/scale`, { replicas })
export const restart = (workload: string) => ask('POST', `/api/workloads/${part(workload)}/restart`)
export const kill = (podOrWorkload: string) => ask('POST', `/api/pods/${part(podOrWorkload)}/kill`)
export const logs = (pod: string) => ask<{ lines: string[] }>('GET', `/api/pods/${part(pod)}/logs`)
export const lastTraces = (limit: number) => ask<ZipkinSpan[][]>('GET', `/zipkin/api/v2/traces?limit=${limit}`)
export const oneTrace = (traceId: string) => ask<ZipkinSpan[]>('GET', `/zipkin/api/v2/trace/${part(traceId)}`)
