/** `scale`: how many pods a workload has. */
import { setTimeout as sleep } from 'node:timers/promises'
import { dryRunOf, dryRunWords } from './apply.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { workloadsMeant } from './deployment-words.ts'
import type { Typed } from './flag-reader.ts'
import type { Status } from './pod-words.ts'

/** Pause between two looks (ms). */
const everyMs = 100

/** `scale deployment NAME… --replicas=N` */
export async function scale(typed: Typed): Promise<number> {
  const replicas = typed.number('replicas')
  if (replicas === undefined) throw new CliError('error: required flag(s) "replicas" not set')
  if (replicas < 0) throw new CliError('error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
  const current = typed.number('current-replicas')!
  const workloads = await workloadsMeant(typed.words, typed, 'scaling').catch((error: unknown) => {
    const missing = error instanceof CliError ? /^Error from server \(NotFound\): (.*)$/.exec(error.message) : null
    throw missing ? new CliError(`error: no objects passed to scale ${missing[1]}`) : error
  })
  if (workloads.length === 0) throw new CliError('error: no objects passed to scale')
  for (const { name, replicas: now } of workloads) {
    if (current >= 0 && current !== now) throw new CliError(`error: Expected replicas to be ${current}, was ${now}`)
    if (dryRunOf(typed) === 'none') await ask('PUT', `/api/workloads/${encodeURIComponent(name)}/scale`, { replicas })
    const timeout = typed.duration('timeout')!
    if (timeout > 0 && dryRunOf(typed) === 'none') await serves(name, replicas, timeout)
    console.log(`deployment.apps/${name} scaled${dryRunWords(typed)}`)
  }
  return 0
}

async function serves(name: string, replicas: number, timeout: number) {
  for (const end = Date.now() + timeout; ; await sleep(everyMs)) {
    const { workloads } = await ask<Status>('GET', '/api/status')
    if (workloads.find((each) => each.name === name)?.ready === replicas) return
    if (Date.now() >= end) throw new CliError('error: timed out waiting for the condition')
  }
}
