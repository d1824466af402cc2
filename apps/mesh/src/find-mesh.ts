/** How the CLI finds the running mesh: each one leaves a small file that names its console's port. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

interface Trace {
  pid: number
  consolePort: number
  startedAt: number
}

const folder = () => join(tmpdir(), `bookinfo-mesh-${userInfo().username}`)

/** Tells that a mesh runs here; the answer takes it back. */
export function announceMesh(consolePort: number): () => void {
  const file = join(folder(), `${process.pid}.json`)
  mkdirSync(folder(), { recursive: true, mode: 0o700 })
  const trace: Trace = { pid: process.pid, consolePort, startedAt: Date.now() }
  writeFileSync(file, JSON.stringify(trace), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** Console port of the mesh that was started last and still runs. */
export function findMesh(): number | undefined {
  let files: string[]
  try {
    files = readdirSync(folder())
  } catch {
    return undefined
  }
  const running = files.flatMap(readTrace).filter(({ pid }) => isRunning(pid))
  return running.toSorted((a, b) => b.startedAt - a.startedAt)[0]?.consolePort
}

function readTrace(file: string): Trace[] {
  try {
    return [JSON.parse(readFileSync(join(folder(), file), 'utf8')) as Trace]
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
