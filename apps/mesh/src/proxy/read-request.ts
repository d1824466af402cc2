/** From what a client sent to what rules see. */
import type { Caller, RuleRequest } from '@bookinfo/rules/decision'
import { randomUUID } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Headers } from '../tracing/b3.ts'
import type { Asked } from './client-side.ts'
import type { Door } from './door.ts'
import { readHeaders } from './headers.ts'
import { normalizePath } from './normalize-path.ts'

/** A request whose headers the proxy may change. */
export type ProxyRequest = RuleRequest & { headers: Headers }

/** Reads `asked` as the proxy behind `door` sees it. Undefined for a target that no route can have (answered with 400). */
export function readRequest(asked: Asked, door: Door): ProxyRequest | undefined {
  const headers = readHeaders(asked.rawHeaders, asked.connection)
  let { target } = asked
  let authority = door.authority ?? asked.host ?? ''
  if (target.charCodeAt(0) !== 47) {
    // Absolute form, as clients of a forward proxy send it: the target's authority wins over Host.
    const absolute = /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)(.*)$/i.exec(target)
    if (!absolute) return undefined
    authority = door.authority ?? absolute[1]!
    target = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]}`
  }
  const path = normalizePath(target)
  if (path === undefined) return undefined
  const scheme = door.tls ? 'https' : 'http'
  takeIn(headers, door.sidecar.caller, asked.socket.remoteAddress ?? '', scheme)
  const request = { method: asked.method, scheme, authority, port: door.port ?? portOf(authority), path, headers } as const
  return door.tls || door.httpsPort ? { ...request, ...tlsOf(asked, door, authority) } : request
}

/** What a gateway knows of TLS: the name that the client asked for, or where a client without TLS is to come instead. */
function tlsOf({ socket }: Asked, { tls, httpsPort }: Door, authority: string): Pick<RuleRequest, 'sni' | 'httpsPort'> {
  const { servername } = socket as TLSSocket
  if (tls) return typeof servername === 'string' && servername !== '' ? { sni: servername.toLowerCase() } : {}
  const port = httpsPort?.()
  // This machine's name and port mean the gateway itself; another name may be that of a proxy in front of it.
  return port !== undefined && authority.endsWith(`:${socket.localPort}`) ? { httpsPort: port } : {}
}

/** Port that the client of a forward proxy means. */
function portOf(authority: string): number {
  const [, port] = /:(\d{1,5})$/.exec(authority) ?? []
  return port === undefined ? 80 : Number(port)
}

/** Turns a client's headers into those that a proxy uses. */
export function takeIn(headers: Headers, { kind }: Caller, remoteAddress: string, scheme: string) {
  if (kind === 'gateway') atTheEdge(headers, remoteAddress, scheme)
  else inside(headers)
}

/** The gateway trusts no client: it makes its own ids, and drops the headers that only the mesh may set. */
function atTheEdge(headers: Headers, remoteAddress: string, scheme: string) {
  delete headers['x-forwarded-client-cert']
  headers['x-request-id'] = [randomUUID()]
  headers['x-forwarded-proto'] = [scheme]
  const hops = headers['x-forwarded-for'] ?? []
  headers['x-forwarded-for'] = [[...hops, remoteAddress.replace(/^::ffff:/, '')].join(',')]
}

function inside(headers: Headers) {
  // Who the caller is, only proxies may say.
  delete headers['x-forwarded-client-cert']
  headers['x-request-id'] ??= [randomUUID()]
  headers['x-forwarded-proto'] ??= ['http']
}
