/** GRPCRoute, compiled: one route for every match of every rule. A gRPC method is the path `/SERVICE/METHOD`. */
import { headerConditions } from '../model/conditions.ts'
import type { GrpcRouteMatch, GrpcRouteObject, GrpcRouteRule } from '../manifests/kinds/grpc-route.ts'
import { noChanges, type HeaderOperations } from '../model/header-changes.ts'
import { whereIs } from '../model/manifest.ts'
import type { PathMatch } from '../model/path-match.ts'
import { anyPath, type Action } from '../model/route.ts'
import { fullMatch } from '../model/string-match.ts'
import type { Grants } from './grants.ts'
import { defaultRetry } from './retry.ts'
import { destinationOf, firstOfName, mirrorsOf, modifier, sessionOf, type RankedRoute } from './route-parts.ts'

/** What gRPC clients take for UNAVAILABLE, which the Gateway API requires for backends that do not exist. */
const unavailable = 503

export const grpcRouteRoutes = (object: GrpcRouteObject, grants: Grants): RankedRoute[] =>
  (object.spec.rules ?? [{}]).flatMap((rule: GrpcRouteRule, index) => {
    const where = `${whereIs(object)} spec.rules[${index}]`
    const headers = modifiersOf(rule.filters)
    const action = actionOf(rule, object, index, grants)
    const matches: (GrpcRouteMatch | undefined)[] = rule.matches?.length ? rule.matches : [undefined]
    return matches.map((match, number): RankedRoute => {
      const wanted = firstOfName(match?.headers, true)
      const { service = '', method = '' } = match?.method ?? {}
      return {
        object,
        rank: [service.length, method.length, Object.keys(wanted).length],
        route: {
          rule: match ? `${where}.matches[${number}]` : where,
          name: rule.name ?? `${object.namespace}.${object.name}.${index}`,
          path: pathOf(match?.method),
          conditions: headerConditions(wanted),
          action,
          ...headers,
        },
      }
    })
  })

const pathOf = (match: GrpcRouteMatch['method']): PathMatch => {
  const { type = 'Exact', service = '', method = '' } = match ?? {}
  if (service === '' && method === '') return anyPath
  const pattern = `/${service || '[^/]+'}/${method || '.+'}`
  if (type === 'RegularExpression' || service === '') return { kind: 'regex', value: pattern, test: fullMatch(pattern) }
  return method === ''
    ? { kind: 'prefix', value: `/${service}/`, ignoreCase: false }
    : { kind: 'exact', value: `/${service}/${method}`, ignoreCase: false }
}

const modifiersOf = (filters: GrpcRouteRule['filters'] = []): { requestHeaders: HeaderOperations; responseHeaders: HeaderOperations } => {
  const request = filters.find(({ requestHeaderModifier }) => requestHeaderModifier)?.requestHeaderModifier
  const response = filters.find(({ responseHeaderModifier }) => responseHeaderModifier)?.responseHeaderModifier
  return { requestHeaders: request ? modifier(request) : noChanges, responseHeaders: response ? modifier(response) : noChanges }
}

const actionOf = (rule: GrpcRouteRule, object: GrpcRouteObject, index: number, grants: Grants): Action => {
  const backends = (rule.backendRefs ?? []).filter(({ weight = 1 }) => weight > 0)
  if (backends.length === 0) return { kind: 'direct', status: unavailable, body: '' }
  const { authority } = modifiersOf(rule.filters).requestHeaders
  return {
    kind: 'forward',
    destinations: backends.map((each) => ({ ...destinationOf(each, object, grants), ...modifiersOf(each.filters) })),
    timeoutMs: 0,
    retry: defaultRetry,
    mirrors: mirrorsOf(
      (rule.filters ?? []).flatMap(({ requestMirror }) => requestMirror ?? []),
      object,
      grants,
    ),
    missingStatus: unavailable,
    ...(authority && { authority }),
    ...(rule.sessionPersistence && { session: sessionOf(rule.sessionPersistence, object, index, anyPath) }),
  }
}
