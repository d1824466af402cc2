/** Talks to the control API of the running mesh. */
import { request } from 'node:http'
import { findMesh } from '../find-mesh.ts'
import { CliError } from './cli-error.ts'

const limitMs = 30_000

export interface Answer<Body> {
  status: number
  body: Body
}

/** Port of the control API: CONSOLE_PORT, or that of the mesh that was started last. */
function consolePort(): number {
  const asked = process.env['CONSOLE_PORT']
  if (!asked) return findMesh() ?? 20001
  if (!/^\d{1,5}$/.test(asked)) throw new CliError(`error: CONSOLE_PORT is "${asked}": expected a port`)
  return Number(asked)
}

/** One call; whatever the status is, the parsed body comes back. @throws CliError when no mesh answers. */
export async function call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
  const port = consolePort()
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
