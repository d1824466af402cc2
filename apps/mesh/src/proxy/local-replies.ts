/** What Envoy itself answers, in its own words. */
import type { Verdict } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'

const disconnected = 'upstream connect error or disconnect/reset before headers. reset reason:'

const notConnected = `${disconnected} remote connection failure`
/** As Envoy prints an error of BoringSSL, with its number. */
const tlsError = (number: number, reason: string) =>
  `${notConnected}, transport failure reason: TLS_error:|${number}:SSL routines:OPENSSL_internal:${reason}:TLS_error_end`

/** Body of the proxy's answer while no endpoint can take a request. */
export const noHealthyUpstream = 'no healthy upstream'

/** Body of the proxy's answer for each failure. */
export const noAnswer = {
  refused: `${notConnected}, transport failure reason: delayed connect error: Connection refused`,
  unverified: tlsError(268_435_581, 'CERTIFICATE_VERIFY_FAILED'),
  'no TLS': tlsError(268_435_703, 'WRONG_VERSION_NUMBER'),
  'closed handshake': notConnected,
  'connect timeout': `${disconnected} connection timeout`,
  reset: `${disconnected} connection termination`,
  'remote reset': `${disconnected} remote reset`,
  'refused stream': `${disconnected} remote refused stream reset`,
  'protocol error': `${disconnected} protocol error`,
  overflow: `${disconnected} overflow`,
} as const

/** Envoy's response flag for each failure of a try. */
export const failureFlags = {
  refused: 'UF',
  unverified: 'UF',
  'no TLS': 'UF',
  'closed handshake': 'UF',
  'connect timeout': 'UF',
  reset: 'UC',
  'remote reset': 'UR',
  'refused stream': 'UR',
  'protocol error': 'UPE',
} as const

/** Headers of a destination's refusal. */
export const refusalHeaders = ({ headers, body }: Extract<Verdict, { status: number }>): IncomingHttpHeaders => ({
  'content-type': 'text/plain',
  ...Object.fromEntries(headers),
  'content-length': String(Buffer.byteLength(body)),
})

/** Headers of an answer to a gRPC client that is over with them. */
export const grpcReply = (code: number, message: string): Record<string, string> => ({
  'content-type': 'application/grpc',
  'grpc-status': String(code),
  ...(message !== '' && { 'grpc-message': percentEncoded(message) }),
})

/** As the protocol of gRPC over HTTP/2 has it: all but printable characters, and the percent sign itself. */
const percentEncoded = (text: string) =>
  Array.from(Buffer.from(text), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')

/** The cookie that leads a client back to its endpoint. */
export function stickyCookie({ name, path, ttlMs }: { name: string; path: string; ttlMs: number | undefined }, value = ''): string {
  const lifetime = ttlMs === undefined ? '' : `; Max-Age=${Math.round(ttlMs / 1000)}`
  return `${name}="${value}"${lifetime}${path && `; Path=${path}`}; HttpOnly`
}
