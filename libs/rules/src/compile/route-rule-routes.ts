/** RouteRule of Istio 0.2, translated to the routes that its VirtualService would have. */
import { hasLabels, headerConditions, lineCondition } from '../model/conditions.ts'
import { duration } from '../model/duration.ts'
import { headerOperations, noChanges } from '../model/header-changes.ts'
import { fullHost } from '../model/host.ts'
import type { RouteRule, RouteRuleObject } from '../manifests/kinds/route-rule.ts'
import { whereIs } from '../model/manifest.ts'
import type { Registry } from './registry.ts'
import { defaultRetry, retryOf } from './retry.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { Action, Condition, Route, RouteDestination } from '../model/route.ts'
import { anyPath } from '../model/route.ts'
import { fullMatch } from '../model/string-match.ts'

interface ServiceName {
  name: string
  namespace?: string
}

const hostOf = ({ name, namespace }: ServiceName, own: string): string => fullHost(name, namespace ?? own)

/** The host whose requests a rule is about. */
export const routeRuleHost = ({ spec, namespace }: RouteRuleObject): string => hostOf(spec.destination, namespace)

/** Routes of all rules for one host: the highest precedence first, then the older rule. */
export const routeRuleRoutes = (objects: readonly RouteRuleObject[], registry: Registry): Route[] =>
  objects
    .toSorted((a, b) => (b.spec.precedence ?? 0) - (a.spec.precedence ?? 0) || a.created - b.created)
    .map((object) => routeOf(object, registry))

const routeOf = (object: RouteRuleObject, registry: Registry): Route => {
  const { spec, namespace } = object
  const { uri, method, scheme, authority, ...headers } = spec.match?.request?.headers ?? {}
  const { delay, abort } = spec.httpFault ?? {}
  return {
    rule: whereIs(object),
    name: object.name,
    path: pathOf(uri),
    conditions: [
      ...(method ? [lineCondition('method', method, ({ request }) => request.method)] : []),
      ...(scheme ? [lineCondition('scheme', scheme, ({ request }) => request.scheme)] : []),
      ...(authority ? [lineCondition('authority', authority, ({ request }) => request.authority)] : []),
      ...headerConditions(headers),
      ...sourceConditions(spec, namespace, registry),
    ],
    action: actionOf(spec, namespace),
    requestHeaders: spec.appendHeaders ? headerOperations({ add: spec.appendHeaders }) : noChanges,
    responseHeaders: noChanges,
    ...(delay && { delay: { percent: delay.percent ?? 100, ms: duration(delay.fixedDelay) } }),
    ...(abort && { abort: { percent: abort.percent ?? 100, status: abort.httpStatus } }),
  }
}

const pathOf = (uri: { exact?: string; prefix?: string; regex?: string } | undefined): PathMatch => {
  if (uri?.exact !== undefined) return { kind: 'exact', value: uri.exact, ignoreCase: false }
  if (uri?.prefix !== undefined) return { kind: 'prefix', value: uri.prefix, ignoreCase: false }
  if (uri?.regex !== undefined && uri.regex !== '*') return { kind: 'regex', value: uri.regex, test: fullMatch(uri.regex) }
  return anyPath
}

const sourceConditions = (spec: RouteRule, namespace: string, registry: Registry): Condition[] => {
  const source = spec.match?.source
  if (!source) return []
  const host = hostOf(source, namespace)
  const workloads = new Set(
    registry.get(host)?.ports.flatMap(({ number }) =>
      registry
        .get(host)!
        .endpoints(number)
        .map(({ workload }) => workload),
    ),
  )
  return [
    {
      clause: { about: 'caller service', service: source.name },
      test: ({ caller }) => workloads.has(caller.name) && hasLabels(source.labels ?? {}, caller.labels),
      ofCaller: true,
    },
  ]
}

const actionOf = (spec: RouteRule, namespace: string): Action => {
  if (spec.redirect) {
    const { uri, authority } = spec.redirect
    return {
      kind: 'redirect',
      status: 301,
      ...(authority && { host: authority }),
      ...(uri && { path: { kind: 'full' as const, value: uri } }),
    }
  }
  const { simpleTimeout } = spec.httpReqTimeout ?? {}
  const simpleRetry = spec.httpReqRetries?.simpleRetry
  const routes = spec.route?.length ? spec.route : [{}]
  return {
    kind: 'forward',
    destinations: routes.map((route: NonNullable<RouteRule['route']>[number]) =>
      destinationOf(route.destination ?? spec.destination, route.labels, route.weight ?? 0, namespace),
    ),
    timeoutMs: simpleTimeout ? duration(simpleTimeout.timeout) : 0,
    // The retries of Istio 0.2 were on 5xx, failed connections and refused streams.
    retry: simpleRetry
      ? retryOf({ ...simpleRetry, ...(simpleRetry.attempts > 0 && { retryOn: '5xx,connect-failure,refused-stream' }) })
      : defaultRetry,
    mirrors: spec.mirror ? [{ destination: destinationOf(spec.mirror, spec.mirror.labels, 1, namespace), percent: 100 }] : [],
    missingStatus: 503,
    ...(spec.rewrite?.uri && { rewrite: { kind: 'prefix' as const, value: spec.rewrite.uri } }),
    ...(spec.rewrite?.authority && { authority: spec.rewrite.authority }),
  }
}

const destinationOf = (
  service: ServiceName,
  labels: Record<string, string> | undefined,
  weight: number,
  namespace: string,
): RouteDestination => ({
  weight,
  host: hostOf(service, namespace),
  requestHeaders: noChanges,
  responseHeaders: noChanges,
  ...(labels && Object.keys(labels).length > 0 && { labels }),
})
