import type { Balancer, HeaderChanges, Random } from '../model/decision.ts'
import { headerOf, parameterOf } from '../model/conditions.ts'
import { cookieOf } from '../model/cookie.ts'
import { duration } from '../model/duration.ts'
import { noChanges } from '../model/header-changes.ts'
import type { LoadBalancer } from '../manifests/kinds/destination-rule.ts'
import type { Context, Session } from '../model/route.ts'

/** 128 random bits in hexadecimal. */
const newKey = (random: Random): string =>
  Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')

/** How an endpoint is chosen for this request, hash key included. */
export const balancerFor = (settings: LoadBalancer | undefined, context: Context, random: Random): Balancer => {
  const hash = settings?.consistentHash
  if (!hash) return { kind: settings?.simple === 'ROUND_ROBIN' || settings?.simple === 'RANDOM' ? settings.simple : 'LEAST_REQUEST' }
  if (hash.httpCookie) {
    const { name, path = '', ttl } = hash.httpCookie
    const given = cookieOf(context.request, name)
    if (given !== undefined) return { kind: 'HASH', key: given }
    if (ttl === undefined) return { kind: 'HASH' }
    const key = newKey(random)
    // A ttl of 0 is a cookie of the browser's session.
    return { kind: 'HASH', key, setCookie: { name, path, ttlMs: duration(ttl) || undefined } }
  }
  const key = hash.httpHeaderName
    ? headerOf(context, hash.httpHeaderName.toLowerCase())
    : hash.httpQueryParameterName
      ? parameterOf(context.query, hash.httpQueryParameterName)
      : hash.useSourceIp
        ? context.caller.remoteIp
        : undefined
  return { kind: 'HASH', ...(key !== undefined && { key }) }
}

/** A session of the Gateway API: its key decides over weights and endpoints alike; a new client is given one. */
export const sessionKey = (
  session: Session,
  context: Context,
  random: Random,
): { key: string; balancer: Balancer; responseHeaders: HeaderChanges } => {
  const { kind, name, path, ttlMs } = session
  const given = kind === 'cookie' ? cookieOf(context.request, name) : headerOf(context, name.toLowerCase())
  if (given !== undefined && given !== '') return { key: given, balancer: { kind: 'HASH', key: given }, responseHeaders: noChanges }
  const key = newKey(random)
  if (kind === 'header')
    return { key, balancer: { kind: 'HASH', key }, responseHeaders: { remove: [], set: [[name.toLowerCase(), key]], add: [] } }
  return { key, balancer: { kind: 'HASH', key, setCookie: { name, path, ttlMs } }, responseHeaders: noChanges }
}
