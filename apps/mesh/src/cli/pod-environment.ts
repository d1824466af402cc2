/** The environment of a pod's process. */
import { readFileSync } from 'node:fs'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { RunningPod } from './pod-words.ts'

/** Read from the process itself, which only its owner may; without /proc, the variables of the workload. */
export async function podEnvironment({ pod, workload }: RunningPod): Promise<Record<string, string>> {
  if (pod.pid === null) throw new CliError(`error: ${pod.name} was not started by this mesh, which cannot read its environment`)
  try {
    const entries = readFileSync(`/proc/${pod.pid}/environ`, 'utf8').split('\0')
    return Object.fromEntries(entries.filter((entry) => entry !== '').map((entry) => split(entry)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new CliError(`error: ${pod.name} runs as another user: ${(error as Error).message}`)
    const { variables } = await ask<{ variables: Record<string, string> }>('GET', `/api/workloads/${workload.name}/variables`)
    return { HOSTNAME: pod.name, ...variables }
  }
}

function split(entry: string): [string, string] {
  const equals = entry.indexOf('=')
  return equals === -1 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)]
}
