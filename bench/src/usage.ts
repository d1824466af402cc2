/** What processes use, as Linux counts it. */
import { readFileSync, readdirSync } from 'node:fs'

/** Clock ticks a second: 100 on every Linux that Node runs on. */
const ticks = 100

/** `pid` and all its descendants. */
export function tree(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    const status = /^\d+$/.test(entry) ? read(`/proc/${entry}/stat`) : ''
    if (status) parents.set(Number(entry), Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const found = [pid]
  for (const parent of found) for (const [child, its] of parents) if (its === parent) found.push(child)
  return found
}

/** CPU seconds that the processes have used until now, user and system. */
export function cpuSeconds(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    sum += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticks
  }
  return sum
}

/** Memory of the processes in MiB: PSS, so that what they share counts once. */
export function pssMiB(pids: readonly number[]): number {
  let kib = 0
  for (const pid of pids) kib += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
  return kib / 1024
}

/** Environment that a process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const lines = read(`/proc/${pid}/environ`).split('\0')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

/** A process may end between two looks. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
