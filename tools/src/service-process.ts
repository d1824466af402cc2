/** A service as users run it: its main.ts as a separate process, on a free port. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { knownEnv } from './known-env.ts'

export interface ServiceProcess {
  child: ChildProcess
  port: number
  url: string
  /** All that it wrote so far, stdout and stderr. */
  output: () => string
  /** Asks it to stop (SIGTERM), and gives the exit code once it is gone. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
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
  const exited = once(child, 'close') as Promise<[number | null]>
  const url = `http://127.0.0.1:${port}`
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`${main} exited with ${child.exitCode}: ${written}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return (await exited)[0]
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
