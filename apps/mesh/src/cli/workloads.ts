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

/** `label pod NAME KEY=VALUE KEY- [--overwrite]` */
export async function label(args: string[]): Promise<number> {
  const options = { overwrite: { type: 'boolean' }, namespace: { type: 'string', short: 'n' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [first = '', ...rest] = positionals
  const [kind, ...names] = first.split('/')
  if (!/^po(ds?)?$/.test(kind ?? ''))
    throw new CliError(`error: only pods have labels of their own here: bookinfo label pod NAME KEY=VALUE`)
  const [pod, ...changes] = [...names, ...rest]
  if (pod === undefined) throw new CliError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (changes.length === 0) throw new CliError('error: at least one label update is required')
  const set: Record<string, string> = {}
  const remove: string[] = []
  for (const change of changes) {
    const equals = change.indexOf('=')
    if (equals > 0) set[change.slice(0, equals)] = change.slice(equals + 1)
    else if (change.length > 1 && change.endsWith('-')) remove.push(change.slice(0, -1))
    else throw new CliError(`error: "${change}": expected KEY=VALUE, or KEY- to take a label away`)
  }
  const { overwrite = false } = values
  const answer = await ask<{ pods: string[] }>('PATCH', `/api/pods/${encodeURIComponent(pod)}/labels`, { set, remove, overwrite })
  const done = Object.keys(set).length === 0 ? 'unlabeled' : 'labeled'
  for (const name of answer.pods) console.log(`pod/${name} ${done}`)
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
