/** Where to go after signing in or out: back to the page one came from, never to another site. */
import type { FastifyRequest } from 'fastify'

const home = '/productpage'

/** The path (with its query) that `request` was sent from, or the book page when there is none on this very origin. */
export function pathBack({ headers }: FastifyRequest): string {
  if (!headers.referer) return home
  const from = URL.parse(headers.referer, `http://${headers.host}`)
  if (from === null || !/^https?:$/.test(from.protocol)) return home
  if (from.host !== URL.parse(`${from.protocol}//${headers.host}`)?.host) return home
  // `//host` at the start of a path would name another site, and these two would send the browser round in circles.
  if (from.pathname.startsWith('//') || from.pathname === '/login' || from.pathname === '/logout') return home
  return from.pathname + from.search
}
