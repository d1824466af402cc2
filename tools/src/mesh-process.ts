/** The local mesh as users run it: its own process, known by its output. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { knownEnv } from './known-env.ts'

export interface RunningMesh {
  child: ChildProcess
  /** Base addresses: of the page, of the control API, and of the Zipkin API where the mesh has its own. */
  gateway: string
  console: string
  zipkin: string
  /** Applies YAML, or removes what it names, by the mesh's own command line. @throws with what it complained of. */
  apply: (yaml: string) => Promise<void>
  remove: (yaml: string) => Promise<void>
  stop: () => Promise<void>
}

export interface MeshOptions {
  env?: Record<string, string>
  /** Options that the mesh defines. */
  args?: readonly string[]
  /** Options of Node. */
  node?: readonly string[]
  /** A script and its own options, started in place of the mesh's `main.ts`. */
  script?: readonly string[]
}

/** An installed package (its folder) whose code is tested in place of the repository's. */
const packaged = process.env['BOOKINFO_PACKAGE']

const mesh = (file: string) =>
  packaged === undefined ? join(import.meta.dirname, '../../apps/mesh', file) : join(packaged, 'apps/mesh', file.replace(/\.ts$/, '.js'))

/** The command line of the mesh, `npx bookinfo`. */
export const meshCli = mesh('src/cli.ts')

/** Starts it on free ports, and waits until it says that it is up. @throws with its words when it ends before. */
export async function startMesh({
  env = {},
  args = [],
  node = [],
  script = [mesh('src/main.ts')],
}: MeshOptions = {}): Promise<RunningMesh> {
  const child = spawn(process.execPath, [...node, ...script, ...args], {
    env: knownEnv({ GATEWAY_PORT: '0', CONSOLE_PORT: '0', ZIPKIN_PORT: '0', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  let said = ''
  // Read to the end: a mesh that cannot write its log would wait.
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const up = new Promise<void>((resolve) => child.stdout.on('data', () => said.includes('Ctrl-C') && resolve()))
  await Promise.race([
    up,
    closed.then(() => {
      throw new Error(`the mesh ended before it was up: ${said}`)
    }),
  ])
  const address = (name: string) => new RegExp(String.raw`${name} +(http://localhost:\d+)`).exec(said)?.[1] ?? ''
  const console = address('Console')

  async function withCli(verb: 'apply' | 'delete', yaml: string) {
    const cli = spawn(process.execPath, [meshCli, verb, '-f', '-'], {
      env: knownEnv({ CONSOLE_PORT: new URL(console).port }),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    cli.stdin.end(yaml)
    const [[code], complaint] = await Promise.all([once(cli, 'close'), text(cli.stderr)])
    if (code !== 0) throw new Error(`bookinfo ${verb} exited with ${code}: ${complaint}`)
  }

  async function stop() {
    child.kill('SIGTERM')
    await closed
  }
  return {
    child,
    gateway: address('Page'),
    console,
    zipkin: address('Zipkin'),
    apply: (yaml) => withCli('apply', yaml),
    remove: (yaml) => withCli('delete', yaml),
    stop,
  }
}
