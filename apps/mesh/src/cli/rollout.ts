/** `rollout status` and `rollout restart`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { workloadsMeant } from './deployment-words.ts'
import type { Typed } from './flag-reader.ts'
import type { Status, WorkloadStatus } from './pod-words.ts'

/** Pause between two looks (ms). */
const everyMs = 100

export async function rolloutRestart(typed: Typed): Promise<number> {
  const workloads = await workloadsMeant(typed.words, typed, 'restarting')
  if (workloads.length === 0) console.error(`No resources found in ${typed.namespace} namespace.`)
  for (const { name } of workloads) {
    await ask('POST', `/api/workloads/${encodeURIComponent(name)}/restart`)
    console.log(`deployment.apps/${name} restarted`)
  }
  return 0
}

export async function rolloutStatus(typed: Typed): Promise<number> {
  const workloads = await workloadsMeant(typed.words, typed, 'rollout status')
  if (workloads.length === 0) throw new CliError(`error: no resources found in namespace ${typed.namespace}`)
  const timeout = typed.duration('timeout') ?? 0
  const end = timeout > 0 ? Date.now() + timeout : Infinity
  for (const { name } of workloads) await watch(name, typed.number('revision') ?? 0, typed.on('watch'), end)
  return 0
}

async function watch(name: string, revision: number, wait: boolean, end: number) {
  let said = ''
  for (;;) {
    const { workloads } = await ask<Status>('GET', '/api/status')
    const workload = workloads.find((each) => each.name === name)
    if (!workload) throw new CliError(`error: deployments.apps "${name}" not found`)
    if (revision > 0 && revision !== workload.revision)
      throw new CliError(`error: desired revision (${revision}) is different from the running revision (${workload.revision})`)
    const { done, text } = stateOf(workload)
    if (text !== said) console.log(text)
    said = text
    if (done || !wait) return
    if (Date.now() >= end) throw new CliError('error: timed out waiting for the condition')
    await sleep(everyMs)
  }
}

/** kubectl's own words for where a rollout is. */
function stateOf({ name, replicas, revision, pods }: WorkloadStatus): { done: boolean; text: string } {
  const there = pods.filter(({ phase }) => phase !== 'stopped')
  const updated = there.filter((pod) => pod.revision === revision && pod.phase !== 'stopping')
  const available = updated.filter(({ phase }) => phase === 'ready').length
  const waiting = `Waiting for deployment ${JSON.stringify(name)} rollout to finish`
  if (updated.length < replicas)
    return { done: false, text: `${waiting}: ${updated.length} out of ${replicas} new replicas have been updated...` }
  const old = there.length - updated.length
  if (available < updated.length && old === 0)
    return { done: false, text: `${waiting}: ${available} of ${updated.length} updated replicas are available...` }
  if (old > 0) return { done: false, text: `${waiting}: ${old} old replicas are pending termination...` }
  return { done: true, text: `deployment ${JSON.stringify(name)} successfully rolled out` }
}
