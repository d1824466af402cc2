/** HTTPRoute, `gateway.networking.k8s.io/v1` and v1beta1, experimental fields included. */
import type { ObjectOf } from '../../model/manifest.ts'
import { duration } from '../../model/duration.ts'
import { regexProblem } from '../../model/string-match.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, integer, list, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { hostPattern, durationOf, headerName } from './parts.ts'
import {
  backend,
  headerModifier,
  hostnames,
  mirror,
  noExtension,
  parentRefs,
  sessionPersistence,
  useDefaultGateways,
  valueMatch,
} from './gateway-api-parts.ts'

const cleanPath = (value: string): string | undefined =>
  /\/\/|\/\.\.?(?:\/|$)|%2f|%5c|[?#]/i.test(value)
    ? 'must not have "//", "/./", "/../", "%2f", "%5c", "?" or "#"'
    : !value.startsWith('/')
      ? 'must start with "/"'
      : undefined

const pathMatch = object(
  { type: oneOf('Exact', 'PathPrefix', 'RegularExpression'), value: string() },
  ({ type = 'PathPrefix', value = '/' }) => {
    const message = type === 'RegularExpression' ? (value === '' ? 'must not be empty' : regexProblem(value)) : cleanPath(value)
    return message === undefined ? undefined : { at: 'value', message }
  },
)
const methods = oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH')
const match = object({
  path: pathMatch,
  headers: list(valueMatch(headerName), { max: 16 }),
  queryParams: list(valueMatch(nonEmpty), { max: 16 }),
  method: methods,
})

const pathModifier = object(
  { type: required(oneOf('ReplaceFullPath', 'ReplacePrefixMatch')), replaceFullPath: string(), replacePrefixMatch: string() },
  (value) => {
    const field = value.type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch'
    if (value[field] === undefined) return { at: field, message: `is missing (type is ${value.type})` }
    return Object.keys(value).length > 2 ? 'must have only the replacement that its type names' : undefined
  },
)
const redirect = object({
  scheme: oneOf('http', 'https'),
  hostname: hostPattern,
  path: pathModifier,
  port,
  statusCode: oneOf(301, 302, 303, 307, 308),
})
const urlRewrite = object({ hostname: hostPattern, path: pathModifier })
const cors = object({
  allowOrigins: list(nonEmpty),
  allowCredentials: boolean,
  allowMethods: list(oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*')),
  allowHeaders: list(nonEmpty),
  exposeHeaders: list(nonEmpty),
  maxAge: integer(1, 2 ** 31 - 1),
})

const filterFields = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
} as const
const noExternalAuth = 'there are no external authorizers; use an AuthorizationPolicy'
const others = { ExtensionRef: noExtension, ExternalAuth: noExternalAuth }

const filter = object(
  {
    type: required(
      oneOfSupported(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect', 'URLRewrite', 'CORS'], others),
    ),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: mirror,
    requestRedirect: redirect,
    urlRewrite,
    cors,
    extensionRef: refused(noExtension),
    externalAuth: refused(noExternalAuth),
  },
  (value) => {
    const field = filterFields[value.type]
    if (value[field] === undefined) return { at: field, message: `is missing (type is ${value.type})` }
    return Object.keys(value).length > 2 ? `must have only type and ${field}` : undefined
  },
)
const atTheRule = {
  RequestMirror: 'mirror at the rule',
  RequestRedirect: 'redirect at the rule',
  URLRewrite: 'rewrite at the rule',
  CORS: 'set it at the rule',
}
const backendFilter = object(
  {
    type: required(oneOfSupported(['RequestHeaderModifier', 'ResponseHeaderModifier'], { ...others, ...atTheRule })),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: refused(atTheRule.RequestMirror),
    requestRedirect: refused(atTheRule.RequestRedirect),
    urlRewrite: refused(atTheRule.URLRewrite),
    cors: refused(atTheRule.CORS),
    extensionRef: refused(noExtension),
    externalAuth: refused(noExternalAuth),
  },
  (value) =>
    value[filterFields[value.type]] === undefined
      ? { at: filterFields[value.type], message: `is missing (type is ${value.type})` }
      : undefined,
)

const rule = object(
  {
    name: nonEmpty,
    matches: list(match, { max: 64 }),
    filters: list(filter, { max: 16 }),
    backendRefs: list(object({ ...backend, weight: integer(0, 1_000_000), filters: list(backendFilter, { max: 16 }) }), { max: 16 }),
    timeouts: object({ request: durationOf(), backendRequest: durationOf() }, ({ request, backendRequest }) =>
      tooLong(request, backendRequest),
    ),
    retry: object({ codes: list(integer(400, 599)), attempts: integer(0, 100), backoff: durationOf(1) }),
    sessionPersistence,
  },
  (value) => {
    const types = (value.filters ?? []).map(({ type }) => type)
    const twice = types.find((type, index) => type !== 'RequestMirror' && types.indexOf(type) !== index)
    if (twice) return { at: 'filters', message: `has ${twice} twice` }
    if (types.includes('RequestRedirect') && value.backendRefs?.length)
      return { at: 'backendRefs', message: 'must not be set together with a RequestRedirect' }
    if (types.includes('RequestRedirect') && types.includes('URLRewrite'))
      return { at: 'filters', message: 'must have only one of RequestRedirect and URLRewrite' }
    const replaces = (value.filters ?? []).some((each) => (each.urlRewrite ?? each.requestRedirect)?.path?.type === 'ReplacePrefixMatch')
    const matches = value.matches ?? []
    return replaces &&
      !(matches.length > 0 ? matches : [{}]).every(
        (each: { path?: { type?: string } }) => (each.path?.type ?? 'PathPrefix') === 'PathPrefix',
      )
      ? { at: 'filters', message: 'ReplacePrefixMatch needs PathPrefix matches' }
      : undefined
  },
)

function tooLong(request: string | undefined, backendRequest: string | undefined) {
  if (request === undefined || backendRequest === undefined) return undefined
  const [whole, one] = [request, backendRequest].map(duration)
  return whole! > 0 && one! > whole! ? { at: 'backendRequest', message: 'must not be longer than request' } : undefined
}

export const httpRoute = object({
  parentRefs,
  hostnames,
  rules: list(rule, { max: 1000 }),
  useDefaultGateways,
})

export type HttpRouteSpec = TypeOf<typeof httpRoute>
export type HttpRouteObject = ObjectOf<HttpRouteSpec>
export type HttpRouteRule = NonNullable<HttpRouteSpec['rules']>[number]
export type HttpRouteMatch = TypeOf<typeof match>
export type HttpRouteFilter = TypeOf<typeof filter>
