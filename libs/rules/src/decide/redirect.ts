import { portOf } from '../model/host.ts'
import { rewritten } from './rewritten-path.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { Action, Context } from '../model/route.ts'

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** The Location of a redirect, built as Envoy does: what the rule leaves out is taken from the request. */
export const locationOf = (action: Action & { kind: 'redirect' }, match: PathMatch, context: Context): string => {
  const { request, path, query } = context
  const scheme = action.scheme ?? request.scheme
  const wanted = action.port === 'request' ? request.port || (portOf(request.authority) ?? defaultPorts[request.scheme]) : action.port
  const port = wanted === defaultPorts[scheme] ? undefined : wanted
  return `${scheme}://${action.host ?? hostIn(request.authority, action, port, request.scheme, scheme)}${port === undefined ? '' : `:${port}`}${
    action.path ? rewritten(action.path, match, path, query) : request.path
  }`
}

/** The request's own host: its port goes when the rule writes one, or when it is the default of a scheme that is left. */
const hostIn = (authority: string, action: Action & { kind: 'redirect' }, port: number | undefined, from: string, to: string): string => {
  const own = portOf(authority)
  if (own === undefined) return authority
  const drop = port !== undefined || action.dropsPort || (from !== to && own === defaultPorts[from])
  return drop ? authority.slice(0, authority.lastIndexOf(':')) : authority
}
