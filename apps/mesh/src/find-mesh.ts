/** How the CLI finds the running mesh: each one leaves a small file that names its folder and its console's port. */
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'

interface Trace {
  pid: number
  consolePort: number
  startedAt: number
  /** Folder that it was started in. */
  folder: string
}

/** A running mesh, and how sure it is that this one is meant. */
export interface FoundMesh {
  consolePort: number
  folder: string
  /** Whether it was started in the current folder, or above it. */
  own: boolean
  /** How many others run that could be meant as well. */
  others: number
}

const user = process.getuid?.()
const traces = () => join(tmpdir(), `bookinfo-mesh-${user ?? process.env['USERNAME'] ?? 'user'}`)

/** Tells that a mesh runs here; the answer takes it back. @throws when the file cannot be written. */
export function announceMesh(consolePort: number): () => void {
  const file = join(traces(), `${process.pid}.json`)
  mkdirSync(traces(), { recursive: true, mode: 0o700 })
  for (const { pid } of readTraces()) if (!isRunning(pid)) rmSync(join(traces(), `${pid}.json`), { force: true })
  const trace: Trace = { pid: process.pid, consolePort, startedAt: Date.now(), folder: realpathSync('.') }
  writeFileSync(file, JSON.stringify(trace), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** The mesh that is meant in `folder`: its own or that of the nearest folder above it, else the one that was started last. */
export async function findMesh(folder: string): Promise<FoundMesh | undefined> {
  const here = realpathSync(folder)
  const running: Trace[] = []
  for (const trace of readTraces()) if (isRunning(trace.pid) && (await answers(trace.consolePort))) running.push(trace)
  const own = running.filter((trace) => isIn(here, trace.folder))
  const nearest = Math.max(...own.map((trace) => trace.folder.length))
  const meant = own.length > 0 ? own.filter((trace) => trace.folder.length === nearest) : running
  const [last, ...others] = meant.toSorted((a, b) => b.startedAt - a.startedAt)
  return last && { consolePort: last.consolePort, folder: last.folder, own: own.length > 0, others: others.length }
}

const isIn = (path: string, folder: string) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

/** What meshes have left; what cannot be read, or is another user's, says nothing. */
function readTraces(): Trace[] {
  try {
    if (user !== undefined && statSync(traces()).uid !== user) return []
    return readdirSync(traces()).flatMap(readTrace)
  } catch {
    return []
  }
}

function readTrace(file: string): Trace[] {
  try {
    const { pid, consolePort, startedAt, folder } = JSON.parse(readFileSync(join(traces(), file), 'utf8')) as Partial<Trace>
    if (!isCount(pid) || !isCount(consolePort) || consolePort > 65_535 || typeof startedAt !== 'number' || typeof folder !== 'string')
      return []
    return [{ pid, consolePort, startedAt, folder }]
  } catch {
    return []
  }
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether something listens: the number of a process that was killed may have been given to another one. */
const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => (socket.destroy(), resolve(true)))
    socket.on('error', () => resolve(false))
  })
