/** Talks to the control API of the running mesh. */
import { request } from 'node:http'
import { findMesh } from '../find-mesh.ts'
import { CliError } from './cli-error.ts'

const limitMs = 30_000

export interface Answer<Body> {
  status: number
  body: Body
}

let found: Promise<number> | undefined

/** Port of the control API: CONSOLE_PORT, or that of the mesh that is found; looked for once. */
const consolePort = (): Promise<number> => (found ??= findPort())

async function findPort(): Promise<number> {
  const asked = process.env['CONSOLE_PORT']
  if (asked) {
    if (!/^\d{1,5}$/.test(asked)) throw new CliError(`error: CONSOLE_PORT is "${asked}": expected a port`)
    return Number(asked)
  }
  const mesh = await findMesh(process.cwd())
  if (!mesh) return 20001
  const { folder, own, others } = mesh
  const which = `localhost:${mesh.consolePort}; CONSOLE_PORT names another one`
  if (!own) console.error(`Note: no mesh was started in this folder. This goes to the mesh of ${folder}, ${which}`)
  else if (others > 0) console.error(`Note: ${others + 1} meshes were started in ${folder}. This goes to the last one, ${which}`)
  return mesh.consolePort
}

/** One call; whatever the status is, the parsed body comes back. @throws CliError when no mesh answers. */
export async function call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
  const port = await consolePort()
  const { status, text } = await send(port, method, path, body)
  try {
    return { status, body: JSON.parse(text || 'null') as Body }
  } catch {
    throw new CliError(`error: what listens on localhost:${port} is not the mesh`)
  }
}

function send(port: number, method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false, timeout: limitMs }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      const nobody = `The connection to the mesh on localhost:${port} was refused - is it running? Start it with: npm start`
      reject(new CliError(code === 'ECONNREFUSED' ? nobody : `error: the mesh on localhost:${port} did not answer: ${message}`))
    })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** A call that has to succeed. @throws CliError in kubectl's words. */
export async function ask<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await call<Body & Partial<Refusal>>(method, path, body)
  if (answer.status < 300) return answer.body
  throw refused(answer.status, answer.body)
}

export interface Refusal {
  error: string
  problems?: { where: string; message: string }[]
}

/** What the mesh refused, one line a problem. */
export function refused(status: number, { error = '', problems }: Partial<Refusal>): CliError {
  if (problems) return new CliError(problems.map(({ where, message }) => `error: ${where}: ${message}`).join('\n'))
  return new CliError(status === 404 ? `Error from server (NotFound): ${error}` : `error: ${error}`)
}
