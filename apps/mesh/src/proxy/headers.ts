/** Header fields on their way through a proxy. */
import type { HeaderChanges } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'
import type { Headers } from '../tracing/b3.ts'

/**
 * Fields that end at a proxy, and `expect`, which it has answered itself. As in Envoy these are not all of RFC 9110, 7.6.1: `te: trailers`,
 * `trailer` and the fields of proxy authentication pass.
 */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'expect'])

/** Fields of `raw` (name, value, name, value, …) by lower-case name, without hop-by-hop ones, Host and what only proxies may say (`x-envoy-*`). */
export function readHeaders(raw: readonly string[], connection: string | undefined): Headers {
  const headers: Record<string, string[]> = Object.create(null)
  const named = connection === undefined || simple.has(connection) ? undefined : tokens(connection)
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    if (name === 'te' ? raw[i + 1] !== 'trailers' : named?.has(name)) continue
    if (name === 'host' || hopByHop.has(name) || name.startsWith('x-envoy-')) continue
    const values = headers[name]
    if (values) values.push(raw[i + 1]!)
    else headers[name] = [raw[i + 1]!]
  }
  return headers
}

/** What nearly every request says. */
const simple = new Set(['keep-alive', 'close', 'Keep-Alive', 'Close', 'Upgrade', 'upgrade'])

/** The words of a list, in lower case. */
export const tokens = (list: string) =>
  new Set(
    list
      .toLowerCase()
      .split(',')
      .map((token) => token.trim()),
  )

export const asksForUpgrade = (connection: string | undefined) => connection !== undefined && tokens(connection).has('upgrade')

export const isEmpty = ({ remove, set, add }: HeaderChanges) => remove.length === 0 && set.length === 0 && add.length === 0

/** The flat form that Node and undici write to the wire. */
export function flat(headers: Headers, into: string[] = []): string[] {
  for (const name in headers) for (const value of headers[name]!) into.push(name, value)
  return into
}

const ofConnections = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'])

/** The same for HTTP/2, which has no fields of a connection (RFC 9113, 8.2.2): rules may have written some. */
export function http2Fields(headers: Headers, into: string[] = []): string[] {
  for (const name in headers) {
    if (ofConnections.has(name)) continue
    for (const value of headers[name]!) if (name !== 'te' || value === 'trailers') into.push(name, value)
  }
  return into
}

/** An upstream's answer without what belongs to its connection. */
export function answerHeaders(incoming: IncomingHttpHeaders): Headers {
  const headers: Headers = Object.create(null)
  const { connection } = incoming
  const named = connection === undefined || simple.has(connection) ? undefined : tokens(connection)
  for (const name in incoming) {
    if (hopByHop.has(name) || named?.has(name)) continue
    const value = incoming[name]
    if (value !== undefined) headers[name] = typeof value === 'string' ? [value] : value
  }
  return headers
}
