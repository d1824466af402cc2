/** The local mesh as users run it: `npm start` as a process of its own, on free ports. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from './service-process.ts'

export interface RunningMesh {
  /** Base addresses. */
  gateway: string
  console: string
  zipkin: string
  /** Applies YAML by the mesh's own command line. @throws with what it complained of. */
  apply: (yaml: string) => Promise<void>
  stop: () => Promise<void>
}

const source = (file: string) => join(import.meta.dirname, '../../apps/mesh/src', file)

/** Starts it with `env` beside free ports, and waits until the page and the control API answer. @throws with its output when it ends before. */
export async function startMesh(env: Record<string, string> = {}): Promise<RunningMesh> {
  const [gateway, console, zipkin] = [await freePort(), await freePort(), await freePort()].map(String) as [string, string, string]
  const ports = { GATEWAY_PORT: gateway, CONSOLE_PORT: console, ZIPKIN_PORT: zipkin }
  const child = spawn(process.execPath, [source('main.ts')], {
    env: { ...process.env, ...ports, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const closed = once(child, 'close')
  const base = `http://127.0.0.1:${gateway}`
  while (!(await answers(`${base}/productpage`)) || !(await answers(`http://127.0.0.1:${console}/openapi.json`))) {
    if (child.exitCode !== null) throw new Error(`the mesh exited with ${child.exitCode}: ${output}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }

  async function apply(yaml: string) {
    const cli = spawn(process.execPath, [source('cli.ts'), 'apply', '-f', '-'], {
      env: { ...process.env, ...ports },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let complaint = ''
    cli.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk))
    cli.stdin.end(yaml)
    const [code] = await once(cli, 'close')
    if (code !== 0) throw new Error(`bookinfo apply exited with ${code}: ${complaint}`)
  }

  async function stop() {
    child.kill('SIGTERM')
    await closed
  }
  return { gateway: base, console: `http://127.0.0.1:${console}`, zipkin: `http://127.0.0.1:${zipkin}`, apply, stop }
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  )
