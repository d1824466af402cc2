/** HTTPRoute, compiled: one route for every match of every rule, in the Gateway API's order of precedence. */
import { headerConditions, lineCondition, queryConditions } from '../model/conditions.ts'
import { duration } from '../model/duration.ts'
import type { HeaderOperations } from '../model/header-changes.ts'
import { noChanges } from '../model/header-changes.ts'
import type { HttpRouteFilter, HttpRouteMatch, HttpRouteRule, HttpRouteObject } from '../manifests/kinds/http-route.ts'
import { whereIs } from '../model/manifest.ts'
import type { Grants } from './grants.ts'
import { defaultRetry, retryOf } from './retry.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { Action, Cors, PathChange, Route } from '../model/route.ts'
import { destinationOf, firstOfName, mirrorsOf, modifier, sessionOf, type RankedRoute } from './route-parts.ts'
import { fullMatch } from '../model/string-match.ts'

export const httpRouteRoutes = (object: HttpRouteObject, grants: Grants): RankedRoute[] =>
  (object.spec.rules ?? [{}]).flatMap((rule: HttpRouteRule, index) => {
    const where = `${whereIs(object)} spec.rules[${index}]`
    const filters = filtersOf(rule.filters ?? [])
    const matches: (HttpRouteMatch | undefined)[] = rule.matches?.length ? rule.matches : [undefined]
    return matches.map((match, number): RankedRoute => {
      const path = pathOf(match?.path)
      const [headers, query] = [firstOfName(match?.headers, true), firstOfName(match?.queryParams, false)]
      const conditions = [
        ...(match?.method ? [lineCondition('method', { exact: match.method }, ({ request }) => request.method)] : []),
        ...headerConditions(headers),
        ...queryConditions(query),
      ]
      const route: Route = {
        rule: match ? `${where}.matches[${number}]` : where,
        name: rule.name ?? `${object.namespace}.${object.name}.${index}`,
        path,
        conditions,
        action: actionOf(rule, filters, object, index, path, grants),
        requestHeaders: filters.requestHeaders,
        responseHeaders: filters.responseHeaders,
        ...(filters.cors && { cors: filters.cors }),
      }
      const kind = path.kind === 'exact' ? 3 : path.kind === 'regex' ? 1 : 2
      const length = match?.path?.value?.length ?? 1
      return { route, object, rank: [kind, length, match?.method ? 1 : 0, Object.keys(headers).length, Object.keys(query).length] }
    })
  })

const pathOf = (path: HttpRouteMatch['path']): PathMatch => {
  const { type = 'PathPrefix', value = '/' } = path ?? {}
  if (type === 'Exact') return { kind: 'exact', value, ignoreCase: false }
  if (type === 'RegularExpression') return { kind: 'regex', value, test: fullMatch(value) }
  return { kind: 'segments', value: value.replace(/\/$/, ''), ignoreCase: false }
}

interface Filters {
  requestHeaders: HeaderOperations
  responseHeaders: HeaderOperations
  cors?: Cors
  redirect?: NonNullable<HttpRouteFilter['requestRedirect']>
  rewrite?: NonNullable<HttpRouteFilter['urlRewrite']>
  mirrors: NonNullable<HttpRouteFilter['requestMirror']>[]
}

const filtersOf = (given: readonly HttpRouteFilter[]): Filters => {
  const filters: Filters = { requestHeaders: noChanges, responseHeaders: noChanges, mirrors: [] }
  for (const each of given) {
    if (each.requestHeaderModifier) filters.requestHeaders = modifier(each.requestHeaderModifier)
    if (each.responseHeaderModifier) filters.responseHeaders = modifier(each.responseHeaderModifier)
    if (each.requestRedirect) filters.redirect = each.requestRedirect
    if (each.urlRewrite) filters.rewrite = each.urlRewrite
    if (each.requestMirror) filters.mirrors.push(each.requestMirror)
    if (each.cors) filters.cors = corsOf(each.cors)
  }
  return filters
}

const changeOf = (path: NonNullable<HttpRouteFilter['urlRewrite']>['path']): PathChange | undefined => {
  if (!path) return undefined
  return path.type === 'ReplaceFullPath'
    ? { kind: 'full', value: path.replaceFullPath ?? '' }
    : { kind: 'prefix', value: path.replacePrefixMatch ?? '' }
}

const actionOf = (
  rule: HttpRouteRule,
  filters: Filters,
  object: HttpRouteObject,
  index: number,
  match: PathMatch,
  grants: Grants,
): Action => {
  if (filters.redirect) {
    const { scheme, hostname, port, statusCode = 302, path } = filters.redirect
    const change = changeOf(path)
    return {
      kind: 'redirect',
      status: statusCode,
      ...(scheme && { scheme }),
      ...(hostname && { host: hostname }),
      ...((port !== undefined || !scheme) && { port: port ?? ('request' as const), dropsPort: true as const }),
      ...(change && { path: change }),
    }
  }
  const backends = (rule.backendRefs ?? []).filter(({ weight = 1 }) => weight > 0)
  if (backends.length === 0) return { kind: 'direct', status: 500, body: '' }
  const { request, backendRequest } = rule.timeouts ?? {}
  const [whole, one] = [request, backendRequest].map((text) => (text === undefined ? 0 : duration(text)))
  const retry = rule.retry ? retryOf(retriesOf(rule.retry)) : defaultRetry
  const rewrite = changeOf(filters.rewrite?.path)
  const authority = filters.rewrite?.hostname ?? filters.requestHeaders.authority
  return {
    kind: 'forward',
    destinations: backends.map((each) => {
      const own = filtersOf(each.filters ?? [])
      return { ...destinationOf(each, object, grants), requestHeaders: own.requestHeaders, responseHeaders: own.responseHeaders }
    }),
    // Without retries, the limit of a try is that of the request, as in Istio.
    timeoutMs: rule.retry ? whole! : one! || whole!,
    retry: rule.retry && one! > 0 ? { ...retry, perTryTimeoutMs: one! } : retry,
    mirrors: mirrorsOf(filters.mirrors, object, grants),
    missingStatus: 500,
    ...(rewrite && { rewrite }),
    ...(authority && { authority }),
    ...(rule.sessionPersistence && { session: sessionOf(rule.sessionPersistence, object, index, match) }),
  }
}

// What a retry stanza means in Istio: connection errors always, and the codes that it names.
const retriesOf = ({ attempts = 2, codes = [], backoff }: NonNullable<HttpRouteRule['retry']>) => ({
  attempts,
  ...(attempts > 0 && { retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', ...codes].join(',') }),
  ...(backoff !== undefined && { backoff }),
})

const corsOf = (given: NonNullable<HttpRouteFilter['cors']>): Cors => {
  const origins = (given.allowOrigins ?? []).map(originTest)
  return {
    allows: (origin) => origins.some((test) => test(origin)),
    methods: (given.allowMethods ?? []).join(','),
    headers: (given.allowHeaders ?? []).join(','),
    expose: (given.exposeHeaders ?? []).join(','),
    credentials: given.allowCredentials ?? false,
    forwardsUnmatched: false,
    ...(given.maxAge !== undefined && { maxAgeSeconds: given.maxAge }),
  }
}

/** `*` means every well-formed origin, elsewhere any characters. */
const originTest = (pattern: string): ((origin: string) => boolean) => {
  if (pattern === '*') return fullMatch('[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+')
  if (!pattern.includes('*')) return (origin) => origin === pattern
  return fullMatch(pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
}
