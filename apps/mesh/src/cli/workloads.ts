/** Commands that act on pods. */
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'

/** `deployment/reviews-v2`, `deployment reviews-v2` and `reviews-v2` are the same. */
function workloadOf(words: readonly string[]): string {
  const [first, second] = words
  if (first === undefined) throw new CliError('error: required resource not specified, for instance reviews-v2')
  if (/^deploy(ments?)?(\.apps)?$/.test(first) && second !== undefined) return second
  return first.replace(/^deploy(ments?)?(\.apps)?\//, '')
}

export async function scale(typed: Typed): Promise<number> {
  const replicas = typed.number('replicas')
  if (replicas === undefined) throw new CliError('error: required flag(s) "replicas" not set')
  const workload = workloadOf(typed.words)
  await ask('PUT', `/api/workloads/${encodeURIComponent(workload)}/scale`, { replicas })
  console.log(`deployment.apps/${workload} scaled`)
  return 0
}

export async function restart({ words }: Typed): Promise<number> {
  const workload = workloadOf(words)
  await ask('POST', `/api/workloads/${encodeURIComponent(workload)}/restart`)
  console.log(`deployment.apps/${workload} restarted`)
  return 0
}

export async function kill({ words }: Typed): Promise<number> {
  const { killed } = await ask<{ killed: string[] }>(
    'POST',
    `/api/pods/${encodeURIComponent(workloadOf(words).replace(/^pods?\//, ''))}/kill`,
  )
  for (const pod of killed) console.log(`pod "${pod}" killed`)
  return 0
}

/** `label pod NAME KEY=VALUE KEY- [--overwrite]` */
export async function label(typed: Typed): Promise<number> {
  const [first = '', ...rest] = typed.words
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
  const overwrite = typed.on('overwrite')
  const answer = await ask<{ pods: string[] }>('PATCH', `/api/pods/${encodeURIComponent(pod)}/labels`, { set, remove, overwrite })
  const done = Object.keys(set).length === 0 ? 'unlabeled' : 'labeled'
  for (const name of answer.pods) console.log(`pod/${name} ${done}`)
  return 0
}

export async function logs(typed: Typed): Promise<number> {
  const container = typed.text('container')
  if (typed.words.length === 0) throw new CliError('error: expected a pod: bookinfo logs POD')
  const query = new URLSearchParams({ tail: typed.text('tail') ?? '-1', ...(container !== undefined && { container }) })
  const pod = workloadOf(typed.words).replace(/^pods?\//, '')
  const { lines } = await ask<{ lines: string[] }>('GET', `/api/pods/${encodeURIComponent(pod)}/logs?${query}`)
  for (const line of lines) console.log(line)
  return 0
}
