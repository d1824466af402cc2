/** What HTTP requires of every request, and this application of every path: one resource has one spelling. Source: RFC 9110, RFC 9112, RFC 9113 */
import type { ErrorCode } from '@bookinfo/contracts/errors'
import { maxHeaderSize, type IncomingMessage } from 'node:http'
import { isHttp2 } from './http2-server.ts'

/** Why `request` is refused before any route sees it, and its connection closed; or nothing. */
export function brokenRule(request: IncomingMessage): ErrorCode | undefined {
  if (isHttp2(request)) return brokenHttp2Rule(request)
  const { rawHeaders, headers, httpVersion } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'VERSION_UNSUPPORTED'
  const hosts = countOf('host', rawHeaders)
  if (hosts > 1 || (hosts === 0 ? httpVersion === '1.1' : !hostPattern.test(headers.host ?? ''))) return 'HOST_INVALID'
  if (headers['transfer-encoding'] !== undefined) {
    if (httpVersion === '1.0') return 'INVALID_REQUEST'
    // Any other coding stays on the body, and may hide its own length in it.
    if (headers['transfer-encoding'].toLowerCase() !== 'chunked') return 'TRANSFER_CODING_UNSUPPORTED'
  }
  if (httpVersion === '1.1' && (headers.expect ?? '100-continue').toLowerCase() !== '100-continue') return 'EXPECTATION_FAILED'
  return undefined
}

/** The authority is where HTTP/2 says the host; a Host header that comes with it has to say the same. */
function brokenHttp2Rule({ headers, rawHeaders }: IncomingMessage): ErrorCode | undefined {
  if (rawHeaders.reduce((sum, text) => sum + text.length, 0) > maxHeaderSize) return 'HEADERS_TOO_LARGE'
  const { ':authority': authority, host } = headers
  if (!hostPattern.test(host ?? '') || (authority ?? host)?.toString().toLowerCase() !== host?.toLowerCase()) return 'HOST_INVALID'
  if ((headers.expect ?? '100-continue').toLowerCase() !== '100-continue') return 'EXPECTATION_FAILED'
  return undefined
}

/** Why the target of a request is refused, or nothing. Proxies and servers disagree on what these mean, so that a rule on a path could be walked around. */
export function brokenTarget(method: string, url: string): ErrorCode | undefined {
  const path = url.split('?', 1)[0]!
  if (path.includes('%')) return 'INVALID_PATH'
  if (url.includes('#')) return 'FRAGMENT_SENT'
  return path.startsWith('/') || (method === 'OPTIONS' && path === '*') ? undefined : 'INVALID_REQUEST'
}

/** A name, an IPv4 address or an IPv6 address in brackets, and a port or none. */
const hostPattern = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/i

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const found = rawHeaders[at]!
    if (found.length === name.length && found.toLowerCase() === name) count++
  }
  return count
}
