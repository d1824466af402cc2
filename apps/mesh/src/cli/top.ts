/** `top pod`: what the processes of the pods use, asked of the system by this command. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { columns } from './columns.ts'
import type { Typed } from './flag-reader.ts'
import { podsOf, selects, type PodStatus, type Status } from './pod-words.ts'

/** Time over which CPU is measured (ms). */
const windowMs = 500
/** Clock ticks per second in /proc, the same on every Linux that Node runs on. */
const ticks = 100

interface Usage {
  cpuMs: number
  bytes: number
}

/** `top pod [NAME | -l LABELS]` */
export async function topPod(typed: Typed): Promise<number> {
  const [name, ...more] = typed.words
  const selector = typed.text('selector')
  if (more.length > 0) throw new CliError(`error: unexpected arguments: [${typed.words.join(' ')}]`)
  if (name !== undefined && selector !== undefined) throw new CliError('error: only one of NAME or selector can be provided')
  const sort = typed.text('sort-by')
  if (sort !== undefined && sort !== 'cpu' && sort !== 'memory') throw new CliError('error: --sort-by accepts only cpu or memory')
  const everywhere = typed.on('all-namespaces')
  const here = everywhere || typed.namespace === 'default' ? podsOf(await ask<Status>('GET', '/api/status')).map(({ pod }) => pod) : []
  const chosen = selects(selector)
  const pods = here.filter((pod) => (name === undefined || pod.name === name) && chosen(pod.labels))
  if (pods.length === 0 && name !== undefined) throw new CliError(`Error from server (NotFound): pods "${name}" not found`)
  if (pods.length === 0) {
    console.error(everywhere ? 'No resources found' : `No resources found in ${typed.namespace} namespace.`)
    return 0
  }
  const measured = await measure(pods)
  // A pod that ended in this half second is left out.
  const unknown = pods.filter(({ pid }) => pid === null)
  for (const { name: pod } of unknown)
    console.error(`error: Metrics not available for pod default/${pod}: its process is not one of this machine`)
  const rows = [...measured].toSorted(([a, one], [b, other]) =>
    sort === 'cpu' ? other.cores - one.cores : sort === 'memory' ? other.bytes - one.bytes : a.name < b.name ? -1 : 1,
  )
  const title = [...(everywhere ? ['NAMESPACE'] : []), 'NAME', 'CPU(cores)', 'MEMORY(bytes)']
  const body = rows.map(([pod, { cores, bytes }]) => [...(everywhere ? ['default'] : []), pod.name, cpu(cores), memory(bytes)])
  if (body.length > 0) console.log(columns(typed.on('no-headers') ? undefined : title, body))
  return unknown.length > 0 ? 1 : 0
}

const cpu = (cores: number) => `${Math.round(cores * 1000)}m`
const memory = (bytes: number) => `${Math.round(bytes / 1024 / 1024)}Mi`

/** CPU by two looks at each process; pods without a process of this machine are left out. */
async function measure(pods: readonly PodStatus[]): Promise<Map<PodStatus, { cores: number; bytes: number }>> {
  const look = async () =>
    new Map(await Promise.all(pods.map(async (pod) => [pod, pod.pid === null ? undefined : await usageOf(pod.pid)] as const)))
  const [before, began] = [await look(), performance.now()]
  await sleep(windowMs)
  const [after, ms] = [await look(), performance.now() - began]
  const found = new Map<PodStatus, { cores: number; bytes: number }>()
  for (const pod of pods) {
    const [first, second] = [before.get(pod), after.get(pod)]
    if (first && second) found.set(pod, { cores: Math.max(0, second.cpuMs - first.cpuMs) / ms, bytes: second.bytes })
  }
  return found
}

/** From /proc where there is one, else from ps. Undefined when the process is gone. */
async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    // The name in the second field may hold blanks and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks, bytes: Number(kilobytes) * 1024 }
  } catch {
    return process.platform === 'linux' ? undefined : usageByPs(pid)
  }
}

async function usageByPs(pid: number): Promise<Usage | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'time=,rss=', '-p', String(pid)])
    const [, time = '', kilobytes] = /^\s*(\S+)\s+(\d+)/.exec(stdout) ?? []
    const seconds = time.split(/[:-]/).reduce((sum, part, i, all) => sum * (i === 1 && all.length === 4 ? 24 : 60) + Number(part), 0)
    return { cpuMs: seconds * 1000, bytes: Number(kilobytes) * 1024 }
  } catch {
    return undefined
  }
}
