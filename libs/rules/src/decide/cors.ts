import type { HeaderChanges } from '../model/decision.ts'
import { headerValues } from '../model/conditions.ts'
import { noChanges } from '../model/header-changes.ts'
import type { Context, Cors } from '../model/route.ts'

const originOf = ({ request }: Context): string | undefined => request.headers.origin?.[0]
const isPreflight = ({ request }: Context): boolean =>
  request.method === 'OPTIONS' && Boolean(request.headers['access-control-request-method']?.[0])

/** Headers of the answer to a preflight; undefined when the request is none, or is the workload's to answer. */
export const corsAnswer = (cors: Cors, context: Context): (readonly [string, string])[] | undefined => {
  const origin = originOf(context)
  if (!origin || !isPreflight(context)) return undefined
  const allowed = cors.allows(origin)
  if (!allowed && cors.forwardsUnmatched) return undefined
  // Without permission the other headers are there all the same, as Envoy writes them; a lone * is what was asked for.
  const asked = (name: string, value: string): string => (value === '*' ? (headerValues(context.request, name)?.join(',') ?? '') : value)
  return [
    ...(allowed ? [['access-control-allow-origin', origin] as const] : []),
    ...(cors.credentials ? [['access-control-allow-credentials', 'true'] as const] : []),
    ...(cors.methods ? [['access-control-allow-methods', asked('access-control-request-method', cors.methods)] as const] : []),
    ...(cors.headers ? [['access-control-allow-headers', asked('access-control-request-headers', cors.headers)] as const] : []),
    ...(cors.maxAgeSeconds !== undefined ? [['access-control-max-age', String(cors.maxAgeSeconds)] as const] : []),
    // Envoy's filter dresses its own answer like every other one.
    ...(allowed && cors.expose ? [['access-control-expose-headers', cors.expose] as const] : []),
  ]
}

/** What is set on the answer to a request from an allowed origin. */
export const corsHeaders = (cors: Cors, context: Context): HeaderChanges => {
  const origin = originOf(context)
  if (!origin || isPreflight(context) || !cors.allows(origin)) return noChanges
  const set = [
    ['access-control-allow-origin', origin],
    ...(cors.credentials ? [['access-control-allow-credentials', 'true'] as const] : []),
    ...(cors.expose ? [['access-control-expose-headers', cors.expose] as const] : []),
  ] as const
  return { remove: [], set, add: [] }
}
