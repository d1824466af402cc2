/** What Envoy itself answers, in its own words. */
import type { Verdict } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'

const disconnected = 'upstream connect error or disconnect/reset before headers. reset reason:'

/** Body of the proxy's answer for each failure. */
export const noAnswer = {
  refused: `${disconnected} remote connection failure, transport failure reason: delayed connect error: Connection refused`,
  'connect timeout': `${disconnected} connection timeout`,
  reset: `${disconnected} connection termination`,
  'protocol error': `${disconnected} protocol error`,
  overflow: `${disconnected} overflow`,
} as const

/** Envoy's response flag for each failure of a try. */
export const failureFlags = { refused: 'UF', 'connect timeout': 'UF', reset: 'UC', 'protocol error': 'UPE' } as const

/** Headers of a destination's refusal. */
export const refusalHeaders = ({ headers, body }: Extract<Verdict, { status: number }>): IncomingHttpHeaders => ({
  'content-type': 'text/plain',
  ...Object.fromEntries(headers),
  'content-length': String(Buffer.byteLength(body)),
})

/** The cookie that leads a client back to its endpoint. */
export function stickyCookie({ name, path, ttlMs }: { name: string; path: string; ttlMs: number | undefined }, value = ''): string {
  const lifetime = ttlMs === undefined ? '' : `; Max-Age=${Math.round(ttlMs / 1000)}`
  return `${name}="${value}"${lifetime}${path && `; Path=${path}`}; HttpOnly`
}
