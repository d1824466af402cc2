/** Envoy's default access log: one line a request. */
import type { ExchangeRecord } from './proxy/exchange-record.ts'

/** `[START] "METHOD PATH PROTOCOL" CODE FLAGS RECEIVED SENT DURATION UPSTREAM-TIME "XFF" "USER-AGENT" "REQUEST-ID" "AUTHORITY" "UPSTREAM"` */
export function accessLogLine(record: ExchangeRecord): string {
  const { startedAt, durationMs, request, decision, status, flags, bytesReceived, bytesSent, upstreamMs, upstream, protocol } = record
  const header = (name: string) => request?.headers[name]?.join(',') ?? '-'
  const path = request?.headers['x-envoy-original-path']?.[0] ?? request?.path ?? '-'
  const authority = decision?.kind === 'forward' ? decision.authority : (request?.authority ?? '-')
  const quoted = [header('x-forwarded-for'), header('user-agent'), header('x-request-id'), authority, upstream ?? '-'].map(quote)
  const numbers = [status, flags.join(',') || '-', bytesReceived, bytesSent, Math.round(durationMs), upstreamMs ?? '-']
  return `[${new Date(startedAt).toISOString()}] ${quote(`${request?.method ?? '-'} ${path} ${protocol}`)} ${numbers.join(' ')} ${quoted.join(' ')}`
}

/** What a client sent must not break out of its field. */
const quote = (text: string) =>
  `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
