/** Talks to the control API of the running mesh. */
import { request, type IncomingMessage } from 'node:http'
import { findMesh } from '../find-mesh.ts'
import { CliError } from './cli-error.ts'

/** How long an answer is waited for (ms); 0: without end. `--request-timeout` sets it. */
let limitMs = 0

/** @throws CliError for an invalid duration */
export function limitRequests(text: string) {
  const [, number, unit = 's'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? []
  if (number === undefined)
    throw new CliError(
      'error: invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  limitMs = Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]!
}

export interface Answer<Body> {
  status: number
  body: Body
}

let found: Promise<number> | undefined

/** Port of the control API: CONSOLE_PORT, or that of the mesh that is found; looked for once. */
export const consolePort = (): Promise<number> => (found ??= findPort())

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
    outgoing.on('error', (error) => reject(notReached(port, error)))
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function notReached(port: number, { code, message }: NodeJS.ErrnoException): CliError {
  if (code === 'ECONNREFUSED')
    return new CliError(`The connection to the mesh on localhost:${port} was refused - is it running? Start it with: npm start`)
  return new CliError(`error: the mesh on localhost:${port} did not answer: ${message}`)
}

/** A call that has to succeed. @throws CliError in kubectl's words. */
export async function ask<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await call<Body & Partial<Refusal>>(method, path, body)
  if (answer.status < 300) return answer.body
  throw refused(answer.status, answer.body)
}

/** The names of the events of the mesh, as they come, until it stops. */
export async function* followEvents(): AsyncGenerator<string> {
  const port = await consolePort()
  const stream = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/api/events', agent: false }, resolve)
    asked.on('error', (error) => reject(notReached(port, error)))
    asked.end()
  })
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('event: ')) yield line.slice('event: '.length)
  }
}

export interface Refusal {
  error: string
  problems?: { where: string; message: string }[]
}

/** What the mesh refused, one line a problem. */
export function refused(status: number, { error = '', problems }: Partial<Refusal>): CliError {
  if (problems) return new CliError(problems.map(({ where, message }) => `error: ${where}: ${message}`).join('\n'))
  const reason = reasons[status]
  return new CliError(reason === undefined ? `error: ${error}` : `Error from server (${reason}): ${error}`)
}

/** Kubernetes' names of what a server refuses by status. */
const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'NotFound' }
