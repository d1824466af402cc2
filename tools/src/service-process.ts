/** A service as users run it: its main.ts as a separate process, on a free port. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomInt } from 'node:crypto'
import { freePorts, isFree } from '@bookinfo/contracts/free-ports'
import { knownEnv } from './known-env.ts'

export interface ServiceProcess {
  child: ChildProcess
  port: number
  url: string
  /** All that it wrote so far, stdout and stderr. */
  output: () => string
  /** Asks it to stop (SIGTERM), and gives the exit code, or the signal that ended it, once it is gone. */
  stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>
}

/** One port as `freePorts` gives them. */
export const freePort = async (): Promise<number> => (await freePorts(1))[0]!

/** The first of 100 free ports in a row, for OUTBOUND_PORT: below all that `freePorts` draws, so that no pod of another mesh takes one. */
export async function freeHundred(): Promise<number> {
  for (;;) {
    const first = 100 * randomInt(100, 200)
    const free = await Promise.all(Array.from({ length: 100 }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
}

/** Starts `main` (a path) with `env` and nothing else of the shell, and waits until `/readyz` says yes. @throws with its output when it ends before. */
export async function startService(main: string, env: Record<string, string> = {}): Promise<ServiceProcess> {
  const port = Number(env['PORT'] ?? (await freePort()))
  const child = spawn(process.execPath, [main], {
    env: knownEnv({ HOST: '127.0.0.1', PORT: String(port), ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (written += chunk))
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const url = `http://127.0.0.1:${port}`
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`${main} exited with ${child.exitCode}: ${written}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    const [code, endedBy] = await exited
    return code ?? endedBy
  }
  return { child, port, url, output: () => written, stop }
}

const isReady = async (url: string) => {
  try {
    return (await fetch(`${url}/readyz`)).ok
  } catch {
    return false
  }
}
