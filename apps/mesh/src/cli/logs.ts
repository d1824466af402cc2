/** `logs`: what pods wrote, or their proxies' access logs, until now or from now on. */
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import type { LogLine } from '../pods/pod.ts'
import { CliError } from './cli-error.ts'
import { ask, consolePort, refused, type Refusal } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { podsMeant, podsOf, selects, type PodStatus, type Status } from './pod-words.ts'

/** One log that is read: of a container of a pod. */
interface Source {
  pod: string
  container: string
}

/** Lines of each pod that a selector finds, unless --tail says how many. */
const tailOfMany = 10

/** `logs POD|TYPE/NAME [-c CONTAINER]`, `logs -l LABELS` */
export async function logs(typed: Typed): Promise<number> {
  const sources = await sourcesOf(typed)
  const follow = typed.on('follow')
  const most = typed.number('max-log-requests')!
  if (follow && sources.length > most)
    throw new CliError(
      `error: you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    )
  const selected = typed.text('selector') !== undefined
  const tail = typed.has('tail') ? typed.number('tail')! : selected ? tailOfMany : -1
  const query = new URLSearchParams({
    tail: String(Math.max(tail, -1)),
    ...sinceOf(typed),
    ...(typed.on('previous') && { previous: 'true' }),
    ...(follow && { follow: 'true' }),
  })
  const out = writer(typed)
  const read = (source: Source) => stream(source, query, (line) => out(source, line))
  if (follow) await Promise.all(sources.map(read))
  else for (const source of sources) await read(source)
  return 0
}

async function sourcesOf(typed: Typed): Promise<Source[]> {
  const selector = typed.text('selector')
  const container = typed.text('container')
  const all = typed.on('all-containers')
  if (all && container !== undefined)
    throw new CliError('error: --all-containers=true should not be specified with container name ' + container)
  const of = (pod: PodStatus, app: string): Source[] =>
    all ? [app, 'istio-proxy'].map((each) => ({ pod: pod.name, container: each })) : [{ pod: pod.name, container: container ?? app }]
  if (selector !== undefined) {
    if (typed.words.length > 0) throw new CliError('error: only a selector (-l) or a POD name is allowed')
    const chosen = selects(selector)
    const here = typed.namespace === 'default' ? podsOf(await ask<Status>('GET', '/api/status')) : []
    const found = here.filter(({ pod }) => chosen(pod.labels))
    if (found.length === 0) console.error(`No resources found in ${typed.namespace} namespace.`)
    return found.flatMap(({ pod, workload }) => of(pod, workload.app))
  }
  const [word, second, ...more] = typed.words
  if (word === undefined)
    throw new CliError(
      "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    )
  if (more.length > 0 || (second !== undefined && container !== undefined))
    throw new CliError("error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.")
  const meant = await podsMeant(word, typed.namespace).catch((error: unknown) => {
    if (!(error instanceof CliError) || !error.message.includes('(NotFound)')) throw error
    throw new CliError(
      `error: error from server${error.message.slice('Error from server'.length)} in namespace ${JSON.stringify(typed.namespace)}`,
    )
  })
  if (meant.kind === 'gateway') return [{ pod: 'istio-ingressgateway', container: container ?? 'istio-proxy' }]
  if (typed.on('all-pods')) return meant.pods.flatMap(({ pod, workload }) => of(pod, workload.app))
  const [{ pod, workload }] = meant.pods as [(typeof meant.pods)[number]]
  if (meant.pods.length > 1) console.error(`Found ${meant.pods.length} pods, using pod/${pod.name}`)
  return second === undefined ? of(pod, workload.app) : [{ pod: pod.name, container: second }]
}

function sinceOf(typed: Typed): { sinceMs?: string } {
  const since = typed.duration('since') ?? 0
  const time = typed.text('since-time')
  if (since > 0 && time !== undefined) throw new CliError('error: at most one of `sinceTime` or `sinceSeconds` may be specified')
  if (since < 0) throw new CliError('error: --since must be greater than 0')
  if (time === undefined) return since > 0 ? { sinceMs: String(Math.round(since)) } : {}
  const at = Date.parse(time)
  if (!/^\d{4}-\d\d-\d\dT/.test(time) || Number.isNaN(at))
    throw new CliError(`error: invalid argument "${time}" for "--since-time" flag: expected a time such as 2026-01-02T15:04:05Z`)
  return { sinceMs: String(Math.max(0, Date.now() - at)) }
}

function writer(typed: Typed) {
  const [prefix, timestamps] = [typed.on('prefix'), typed.on('timestamps')]
  const limit = typed.number('limit-bytes')!
  let left = limit > 0 ? limit : Infinity
  return ({ pod, container }: Source, { at, text }: LogLine) => {
    const line = `${prefix ? `[pod/${pod}/${container}] ` : ''}${timestamps ? `${new Date(at).toISOString()} ` : ''}${text}\n`
    const bytes = Buffer.from(line).subarray(0, left)
    left -= bytes.length
    process.stdout.write(bytes)
  }
}

/** Reads one log to its end, line by line. @throws CliError in the mesh's words */
async function stream({ pod, container }: Source, query: URLSearchParams, line: (line: LogLine) => void): Promise<void> {
  const path = `/api/pods/${encodeURIComponent(pod)}/log-stream?${query}&container=${encodeURIComponent(container)}`
  const port = await consolePort()
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
      const lines: string[] = []
      const reader = createInterface({ input: answer })
      reader.on('line', (text) => (answer.statusCode === 200 ? line(JSON.parse(text) as LogLine) : lines.push(text)))
      reader.on('close', () => {
        if (answer.statusCode === 200) resolve()
        else reject(refused(answer.statusCode ?? 0, JSON.parse(lines.join('\n')) as Refusal))
      })
    })
    outgoing.on('error', (error) => reject(new CliError(`error: the mesh did not answer: ${error.message}`)))
    outgoing.end()
  })
}
