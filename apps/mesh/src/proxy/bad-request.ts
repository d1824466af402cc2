/** What a proxy refuses before any rule sees it, as Envoy does it: tried on the real one by e2e/like-envoy.e2e.ts. */
import type { IncomingMessage } from 'node:http'
import type { Door } from './door.ts'
import { asksForUpgrade, tokens } from './headers.ts'

/** Envoy's default. */
export const mostFields = 100

/** Characters of a host and port; a single blank or slash would make it another name for the next server that reads it. */
const authorityText = /^[A-Za-z0-9!$%&'()*+,.:;=@[\]_~-]*$/

export const badAuthority = (host: string) => !authorityText.test(host)

/** Fields that say where a request comes from and goes to: a client may not have them taken away. */
const notNominated = new Set(['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])

/** Status of the answer that a request of HTTP/1.1 gets without being looked at any further; undefined where nothing is wrong. */
export function badRequest(raw: IncomingMessage, { tls, sidecar }: Door, upgrade: string | undefined): number | undefined {
  const { headers, rawHeaders, httpVersion, method, url = '' } = raw
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 426
  if (rawHeaders.length > 2 * mostFields) return 431
  // Envoy joins several Host fields to one name; RFC 9112, 3.2 requires a 400.
  if (countOf('host', rawHeaders) > 1 || badAuthority(headers.host ?? '')) return 400
  if (method === 'CONNECT') return url.startsWith('/') || hasLength(raw) ? 400 : 404
  const absolute = !url.startsWith('/') && url !== '*'
  if (headers.host === undefined && !absolute && httpVersion === '1.1') return 400
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return 501
  if (headers.connection !== undefined && nominates(headers.connection)) return 400
  if (upgrade === undefined && headers.upgrade !== undefined && asksForUpgrade(headers.connection) && !/^h2c$/i.test(headers.upgrade))
    return 403
  // The edge knows how its client came.
  if (absolute && sidecar.caller.kind === 'gateway' && !tls && /^https:/i.test(url)) return 403
  return undefined
}

function countOf(name: string, fields: readonly string[]): number {
  let count = 0
  for (let i = 0; i < fields.length; i += 2) if (fields[i]!.length === name.length && fields[i]!.toLowerCase() === name) count++
  return count
}

const hasLength = ({ headers }: IncomingMessage) => headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

function nominates(connection: string): boolean {
  for (const name of tokens(connection)) if (name.startsWith(':') || notNominated.has(name)) return true
  return false
}
