/** What a gateway made of a request, in a form that two gateways can be compared by. */
import { request as send, type Agent, type IncomingHttpHeaders } from 'node:http'
import type { RequestCase } from './rule-cases.ts'

export interface Seen {
  status: number
  /** `reviews v2`, or nothing when the gateway answered by itself. */
  destination: string | undefined
  /** What the destination received: method, host, path, and the headers that say something about the rule. */
  received: object | undefined
  /** The gateway's own body. */
  text: string | undefined
  headers: IncomingHttpHeaders
}

/** Headers that are different in every answer, or that name the place and not the rule. */
const passing = new Set(['date', 'x-envoy-upstream-service-time', 'x-bookinfo-served-by', 'content-length'])

export function ask(gateway: string, { host, method, path, headers }: RequestCase, agent: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const outgoing = send(gateway + path, { method, agent, headers: { ...headers, host } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('error', reject).on('end', () => resolve(seen(answer.statusCode ?? 0, answer.headers, text)))
    })
    outgoing.on('error', reject).end()
  })
}

function seen(status: number, all: IncomingHttpHeaders, text: string): Seen {
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !passing.has(name)))
  const echo = status === 200 ? parse(text) : undefined
  if (!echo) return { status, destination: undefined, received: undefined, text, headers }
  const named = ['x-a', 'x-set', 'x-add', 'end-user'].map((name) => [name, echo.headers[name]])
  const received = { method: echo.method, host: echo.host, path: echo.path, headers: Object.fromEntries(named) }
  return { status, destination: `${echo.service} ${echo.version}`, received, text: undefined, headers }
}

function parse(
  text: string,
): { service: string; version: string; method: string; host: string; path: string; headers: Record<string, string[]> } | undefined {
  try {
    const body = JSON.parse(text)
    return body.service && body.headers ? body : undefined
  } catch {
    return undefined
  }
}
