/** Commands that act on pods. */
import { parseArgs } from 'node:util'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'

/** `deployment/reviews-v2`, `deployment reviews-v2` and `reviews-v2` are the same. */
function workloadOf(words: readonly string[]): string {
  const [first, second] = words
  if (first === undefined) throw new CliError('error: required resource not specified, for instance reviews-v2')
  if (/^deploy(ments?)?(\.apps)?$/.test(first) && second !== undefined) return second
  return first.replace(/^deploy(ments?)?(\.apps)?\//, '')
}

export async function scale(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { replicas: { type: 'string' } }, allowPositionals: true })
  if (values.replicas === undefined) throw new CliError('error: required flag(s) "replicas" not set')
  if (!/^\d{1,4}$/.test(values.replicas))
    throw new CliError(`error: invalid argument "${values.replicas}" for "--replicas" flag: expected a number`)
  const workload = workloadOf(positionals)
  await ask('PUT', `/api/workloads/${encodeURIComponent(workload)}/scale`, { replicas: Number(values.replicas) })
  console.log(`deployment.apps/${workload} scaled`)
  return 0
}

export async function restart(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true })
  const workload = workloadOf(positionals)
  await ask('POST', `/api/workloads/${encodeURIComponent(workload)}/restart`)
  console.log(`deployment.apps/${workload} restarted`)
  return 0
}

export async function rollout([verb, ...args]: string[]): Promise<number> {
  if (verb !== 'restart') throw new CliError(`error: unknown command "rollout ${verb ?? ''}": only rollout restart is here`)
  return restart(args)
}

export async function kill(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true })
  const { killed } = await ask<{ killed: string[] }>(
    'POST',
    `/api/pods/${encodeURIComponent(workloadOf(positionals).replace(/^pods?\//, ''))}/kill`,
  )
  for (const pod of killed) console.log(`pod "${pod}" killed`)
  return 0
}

export async function logs(args: string[]): Promise<number> {
  const options = {
    container: { type: 'string', short: 'c' },
    tail: { type: 'string' },
    // Names are unique in this mesh; Istio's own words for the gateway are taken.
    namespace: { type: 'string', short: 'n' },
  } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const { container, tail } = values
  if (positionals.length === 0) throw new CliError('error: expected a pod: bookinfo logs POD')
  if (tail !== undefined && !/^(-1|\d{1,6})$/.test(tail))
    throw new CliError(`error: invalid argument "${tail}" for "--tail" flag: expected a number`)
  const query = new URLSearchParams({ ...(container !== undefined && { container }), ...(tail !== undefined && { tail }) })
  const pod = workloadOf(positionals).replace(/^pods?\//, '')
  const { lines } = await ask<{ lines: string[] }>('GET', `/api/pods/${encodeURIComponent(pod)}/logs?${query}`)
  for (const line of lines) console.log(line)
  return 0
}
