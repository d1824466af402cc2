/** From what Node parsed to what rules see. */
import type { RuleRequest } from '@bookinfo/rules/decision'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Headers } from '../tracing/b3.ts'
import type { Door } from './door.ts'
import { readHeaders } from './headers.ts'
import { normalizePath } from './normalize-path.ts'

/** A request whose headers the proxy may change. */
export type ProxyRequest = RuleRequest & { headers: Headers }

/** Reads `raw` as the proxy behind `door` sees it. Undefined for a target that no route can have (answered with 400). */
export function readRequest(raw: IncomingMessage, door: Door): ProxyRequest | undefined {
  const headers = readHeaders(raw.rawHeaders, raw.headers.connection)
  let target = raw.url ?? '/'
  let authority = door.authority ?? raw.headers.host ?? ''
  if (target.charCodeAt(0) !== 47) {
    // Absolute form, as clients of a forward proxy send it: the target's authority wins over Host.
    const absolute = /^http:\/\/([^/?#]+)(.*)$/i.exec(target)
    if (!absolute) return undefined
    authority = door.authority ?? absolute[1]!
    target = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]}`
  }
  const path = normalizePath(target)
  if (path === undefined) return undefined
  if (door.sidecar.caller.kind === 'gateway') atTheEdge(headers, raw.socket.remoteAddress ?? '')
  else inside(headers)
  return { method: raw.method ?? 'GET', scheme: 'http', authority, port: door.port ?? portOf(authority), path, headers }
}

/** Port that the client of a forward proxy means. */
function portOf(authority: string): number {
  const [, port] = /:(\d{1,5})$/.exec(authority) ?? []
  return port === undefined ? 80 : Number(port)
}

/** The gateway trusts nobody: ids are its own, and what only the mesh may say is dropped. */
function atTheEdge(headers: Headers, remoteAddress: string) {
  delete headers['x-forwarded-client-cert']
  headers['x-request-id'] = [randomUUID()]
  headers['x-forwarded-proto'] = ['http']
  const hops = headers['x-forwarded-for'] ?? []
  headers['x-forwarded-for'] = [[...hops, remoteAddress.replace(/^::ffff:/, '')].join(',')]
}

function inside(headers: Headers) {
  headers['x-request-id'] ??= [randomUUID()]
  headers['x-forwarded-proto'] ??= ['http']
}
