/** VirtualService, compiled: one route for every match of every http rule. */
import { lineCondition, hasLabels, headerConditions, queryConditions, withoutHeaderConditions } from '../model/conditions.ts'
import { duration } from '../model/duration.ts'
import { grpcCodes } from '../model/grpc.ts'
import { headerOperations, noChanges } from '../model/header-changes.ts'
import { fullHost } from '../model/host.ts'
import type { CorsPolicy, HttpMatch, HttpRoute, VirtualService, VirtualServiceObject } from '../manifests/kinds/virtual-service.ts'
import { whereIs } from '../model/manifest.ts'
import { regexReplace } from './regex-replace.ts'
import { retryOf } from './retry.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { Action, Condition, Cors, Route, RouteDestination } from '../model/route.ts'
import { anyPath } from '../model/route.ts'
import { fullMatch, matcherOf } from '../model/string-match.ts'

const routesOf = new WeakMap<VirtualService, Route[]>()

/** Routes in the order of the file; made once for an object, which mesh, gateways and warnings share. */
export const virtualServiceRoutes = (object: VirtualServiceObject): readonly Route[] => {
  const routes = routesOf.get(object.spec) ?? compiled(object)
  routesOf.set(object.spec, routes)
  return routes
}

const compiled = (object: VirtualServiceObject): Route[] =>
  (object.spec.http ?? []).flatMap((http, index) => {
    const rule = `${whereIs(object)} spec.http[${index}]`
    const common = commonOf(http, object.namespace)
    const matches: (HttpMatch | undefined)[] = http.match?.length ? http.match : [undefined]
    return matches.map((match, number): Route => {
      const names = [http.name, match?.name].filter((name) => name)
      return {
        ...common,
        rule: match ? `${rule}.match[${number}]` : rule,
        name: names.join('.'),
        path: pathOf(match),
        conditions: match ? conditionsOf(match) : [],
        ...(match?.gateways?.length && { gateways: match.gateways.map((name) => gatewayKey(name, object.namespace)) }),
        ...(match?.port !== undefined && { port: match.port }),
      }
    })
  })

/** `mesh`, or `namespace/name` of a gateway that a VirtualService names. */
export const gatewayKey = (name: string, namespace: string): string =>
  name === 'mesh' || name.includes('/') ? name : `${namespace}/${name}`

const pathOf = (match: HttpMatch | undefined): PathMatch => {
  const { exact, prefix, regex } = match?.uri ?? {}
  const ignoreCase = match?.ignoreUriCase ?? false
  const cased = (value: string) => (ignoreCase ? value.toLowerCase() : value)
  if (exact !== undefined) return { kind: 'exact', value: cased(exact), ignoreCase }
  if (prefix !== undefined) return { kind: 'prefix', value: cased(prefix), ignoreCase }
  if (regex !== undefined && regex !== '*') return { kind: 'regex', value: regex, test: fullMatch(regex) }
  return anyPath
}

const conditionsOf = (match: HttpMatch): Condition[] => [
  ...(match.method ? [lineCondition('method', match.method, ({ request }) => request.method)] : []),
  ...(match.authority ? [lineCondition('authority', match.authority, ({ request }) => request.authority)] : []),
  ...(match.scheme ? [lineCondition('scheme', match.scheme, ({ request }) => request.scheme)] : []),
  ...headerConditions(match.headers),
  ...withoutHeaderConditions(match.withoutHeaders),
  ...queryConditions(match.queryParams),
  ...(match.gateways?.length ? [] : sourceConditions(match)),
]

// As in Istio, a match that names gateways does not look at the source.
const sourceConditions = ({ sourceLabels, sourceNamespace }: HttpMatch): Condition[] => [
  ...(sourceLabels && Object.keys(sourceLabels).length > 0
    ? [
        {
          clause: { about: 'caller labels', labels: sourceLabels },
          test: ({ caller }) => hasLabels(sourceLabels, caller.labels),
          ofCaller: true,
        } satisfies Condition,
      ]
    : []),
  ...(sourceNamespace
    ? [
        {
          clause: { about: 'caller namespace', namespace: sourceNamespace },
          test: ({ caller }) => caller.namespace === sourceNamespace,
          ofCaller: true,
        } satisfies Condition,
      ]
    : []),
]

const commonOf = (http: HttpRoute, namespace: string): Omit<Route, 'rule' | 'name' | 'path' | 'conditions'> => {
  const requestHeaders = headerOperations(http.headers?.request)
  const { delay, abort } = http.fault ?? {}
  return {
    action: actionOf(http, namespace, requestHeaders.authority),
    requestHeaders,
    responseHeaders: headerOperations(http.headers?.response),
    ...(delay && { delay: { percent: delay.percentage?.value ?? delay.percent ?? 0, ms: duration(delay.fixedDelay) } }),
    ...(abort && { abort: { percent: abort.percentage?.value ?? 0, ...abortStatus(abort) } }),
    ...(http.corsPolicy && { cors: corsOf(http.corsPolicy) }),
  }
}

const abortStatus = ({ httpStatus = 500, grpcStatus }: NonNullable<NonNullable<HttpRoute['fault']>['abort']>) =>
  grpcStatus === undefined ? { status: httpStatus } : { status: 200, grpcStatus: grpcCodes[grpcStatus] }

const actionOf = (http: HttpRoute, namespace: string, authority: string | undefined): Action => {
  if (http.redirect) {
    const { uri, prefixRewrite, authority: host, port, derivePort, scheme, redirectCode = 301 } = http.redirect
    return {
      kind: 'redirect',
      status: redirectCode,
      ...(scheme && { scheme }),
      ...(host && { host }),
      ...(port !== undefined && { port }),
      ...(derivePort === 'FROM_REQUEST_PORT' && { port: 'request' as const }),
      ...(uri && { path: { kind: 'full' as const, value: uri } }),
      ...(prefixRewrite && { path: { kind: 'prefix' as const, value: prefixRewrite } }),
    }
  }
  if (http.directResponse) {
    const { string = '', bytes } = http.directResponse.body ?? {}
    return {
      kind: 'direct',
      status: http.directResponse.status,
      body: bytes === undefined ? string : Buffer.from(bytes, 'base64').toString(),
    }
  }
  const { rewrite } = http
  const newAuthority = rewrite?.authority ?? authority
  return {
    kind: 'forward',
    destinations: (http.route ?? []).map((each) => ({
      ...destinationOf(each.destination, namespace),
      weight: each.weight ?? 0,
      requestHeaders: headerOperations(each.headers?.request),
      responseHeaders: headerOperations(each.headers?.response),
    })),
    timeoutMs: http.timeout === undefined ? 0 : duration(http.timeout),
    retry: retryOf(http.retries),
    mirrors: mirrorsOf(http).map(({ destination, percent }) => ({ destination: destinationOf(destination, namespace), percent })),
    missingStatus: 503,
    ...(newAuthority && { authority: newAuthority }),
    ...(rewrite?.uri && { rewrite: { kind: 'prefix' as const, value: rewrite.uri } }),
    ...(rewrite?.uriRegexRewrite && {
      rewrite: { kind: 'regex' as const, replace: regexReplace(rewrite.uriRegexRewrite.match, rewrite.uriRegexRewrite.rewrite) },
    }),
  }
}

type Destination = NonNullable<HttpRoute['mirror']>

const destinationOf = ({ host, port, subset }: Destination, namespace: string): RouteDestination => ({
  weight: 1,
  host: fullHost(host, namespace),
  ...(port && { port: port.number }),
  ...(subset && { subset }),
  requestHeaders: noChanges,
  responseHeaders: noChanges,
})

const mirrorsOf = (http: HttpRoute): { destination: Destination; percent: number }[] => {
  const single = http.mirror ? [{ destination: http.mirror, percent: http.mirrorPercentage?.value ?? http.mirrorPercent ?? 100 }] : []
  return [
    ...single,
    ...(http.mirrors ?? []).map(({ destination, percentage }) => ({ destination, percent: percentage ? (percentage.value ?? 0) : 100 })),
  ]
}

const corsOf = (policy: CorsPolicy): Cors => {
  const matchers = (policy.allowOrigins ?? (policy.allowOrigin ?? []).map((exact) => ({ exact }))).map(matcherOf)
  return {
    // Envoy takes a matcher that fits * for one of every origin.
    allows: (origin) => matchers.some(({ test }) => test('*') || test(origin)),
    methods: (policy.allowMethods ?? []).join(','),
    headers: (policy.allowHeaders ?? []).join(','),
    expose: (policy.exposeHeaders ?? []).join(','),
    credentials: policy.allowCredentials ?? false,
    forwardsUnmatched: policy.unmatchedPreflights !== 'IGNORE',
    ...(policy.maxAge !== undefined && { maxAgeSeconds: Math.floor(duration(policy.maxAge) / 1000) }),
  }
}
