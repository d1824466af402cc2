/** The local mesh as a process of its own, right or made wrong: the suite knows nothing but its addresses. */
import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const right = fileURLToPath(new URL('../../../mesh/src/main.ts', import.meta.url))
const wrong = fileURLToPath(new URL('../../../mesh/test/faults/start.ts', import.meta.url))

export interface SeededFault {
  name: string
  title: string
  kills: string[]
  touches: string[]
}

export async function listFaults(): Promise<SeededFault[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [wrong, '--list'])
  return JSON.parse(stdout) as SeededFault[]
}

export interface RunningMesh {
  console: string
  stop(): Promise<void>
}

/** On free ports, with probes; with the fault of that name when one is given. */
export async function startMesh(fault?: string): Promise<RunningMesh> {
  const env = {
    ...process.env,
    GATEWAY_PORT: '0',
    CONSOLE_PORT: '0',
    ZIPKIN_PORT: '0',
    BOOKINFO_PROBE: 'on',
    BOOKINFO_PROBE_HOSTS: 'books.example',
  }
  const child = spawn(process.execPath, fault === undefined ? [right] : [wrong, fault], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      const [, found] = /Console +(http:\S+)[^]*Ctrl-C/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('close', () => reject(new Error(`the mesh did not start: ${said}`)))
  })
  return {
    console: address,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
