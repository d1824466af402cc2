/** VirtualService, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { ObjectOf } from '../../model/manifest.ts'
import { claimPath } from '../../model/conditions.ts'
import { grpcCodes, type GrpcCodeName } from '../../model/grpc.ts'
import { hostCovers } from '../../model/host.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, integer, list, map, nonEmpty, object, oneOf, port, refused, required, string } from '../schema.ts'
import { cidr, destination, durationOf, exportTo, headers, hostPattern, labels, percent, regex, stringMatch } from './parts.ts'

const gatewayName = string((value) =>
  /^(?:[a-z0-9][-a-z0-9.]*\/)?[a-z0-9][-a-z0-9.]*$/.test(value) ? undefined : 'must be a gateway, namespace/gateway or mesh',
)

const headerMatches = map(stringMatch)
const unknownAttribute = (matches: Record<string, unknown> | undefined): string | undefined => {
  const name = Object.keys(matches ?? {}).find((each) => each.startsWith('@') && !claimPath(each))
  return name === undefined ? undefined : `${name} is not a claim: write @request.auth.claims.NAME or @request.auth.claims[NAME]`
}

export const match = object(
  {
    name: string(),
    uri: stringMatch,
    scheme: stringMatch,
    method: stringMatch,
    authority: stringMatch,
    headers: headerMatches,
    withoutHeaders: headerMatches,
    queryParams: map(stringMatch),
    port,
    sourceLabels: labels,
    sourceNamespace: nonEmpty,
    gateways: list(gatewayName),
    ignoreUriCase: boolean,
    statPrefix: refused('it names Envoy statistics, which the local mesh does not keep'),
  },
  (value) => {
    const problem = unknownAttribute(value.headers) ?? unknownAttribute(value.withoutHeaders)
    if (problem) return problem
    if (value.uri && Object.keys(value.uri).length === 0) return { at: 'uri', message: 'must have exact, prefix or regex' }
    return undefined
  },
)

const redirect = object(
  {
    uri: string(),
    prefixRewrite: string(),
    authority: nonEmpty,
    port,
    derivePort: oneOf('FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
    scheme: oneOf('http', 'https'),
    redirectCode: integer(300, 399),
  },
  (value) => {
    const { uri, prefixRewrite, authority, port: to, derivePort, scheme } = value
    if (uri && prefixRewrite) return 'must have only one of uri and prefixRewrite'
    if (!(uri || prefixRewrite || (authority ?? to ?? derivePort ?? scheme) !== undefined))
      return 'must have a uri, prefixRewrite, authority, scheme or port'
    if (value.port !== undefined && value.derivePort !== undefined) return 'must have only one of port and derivePort'
    return value.redirectCode !== undefined && ![301, 302, 303, 307, 308].includes(value.redirectCode)
      ? { at: 'redirectCode', message: `must be 301, 302, 303, 307 or 308, is ${value.redirectCode}` }
      : undefined
  },
)

const body = object(
  { string: string(), bytes: string((value) => (/^[A-Za-z0-9+/]*={0,2}$/.test(value) ? undefined : 'must be base64')) },
  (value) => (value.string !== undefined && value.bytes !== undefined ? 'must have only one of string and bytes' : undefined),
)

const rewrite = object(
  { uri: string(), authority: nonEmpty, uriRegexRewrite: object({ match: required(regex), rewrite: required(string()) }) },
  (value) => {
    if (value.uri !== undefined && value.uriRegexRewrite) return 'must have only one of uri and uriRegexRewrite'
    return Object.keys(value).length === 0 ? 'must have a uri, uriRegexRewrite or authority' : undefined
  },
)

const conditions = new Set(
  '5xx,gateway-error,reset,reset-before-request,connect-failure,envoy-ratelimited,retriable-4xx,refused-stream,retriable-status-codes,retriable-headers,http3-post-connect-failure,cancelled,deadline-exceeded,internal,resource-exhausted,unavailable'.split(
    ',',
  ),
)
const unsupportedConditions = new Set(['retriable-headers', 'envoy-ratelimited', 'http3-post-connect-failure'])
const retryOn = string((value) => {
  for (const part of value.split(',').map((each) => each.trim())) {
    if (part === '' || /^[1-5]\d\d$/.test(part)) continue
    if (!conditions.has(part)) return `${JSON.stringify(part)} is neither a condition of Envoy nor a status code`
    if (unsupportedConditions.has(part)) return `${part} is not supported by the local mesh`
  }
  return undefined
}, 'retry conditions')

const retries = object(
  {
    attempts: integer(0, 100),
    perTryTimeout: durationOf(1),
    retryOn,
    backoff: durationOf(1),
    retryIgnorePreviousHosts: boolean,
    retryRemoteLocalities: refused('retries prefer the localities of the DestinationRule, as every try does'),
  },
  (value) =>
    !value.attempts && Object.keys(value).length > (value.attempts === undefined ? 0 : 1)
      ? { at: 'attempts', message: 'is 0, which switches retries off: nothing else may be set' }
      : undefined,
)

const fault = object(
  {
    delay: object({
      percentage: percent,
      percent: integer(0, 100),
      fixedDelay: required(durationOf(1)),
      exponentialDelay: refused('Istio does not implement it either'),
    }),
    abort: object(
      {
        percentage: percent,
        httpStatus: integer(200, 599),
        grpcStatus: oneOf(...(Object.keys(grpcCodes) as GrpcCodeName[])),
        http2Error: refused('Istio does not implement it either'),
      },
      ({ httpStatus, grpcStatus }) =>
        (httpStatus === undefined) === (grpcStatus === undefined) ? 'must have exactly one of httpStatus and grpcStatus' : undefined,
    ),
  },
  (value) => (value.delay || value.abort ? undefined : 'must have a delay, an abort or both'),
)

const corsPolicy = object({
  allowOrigins: list(stringMatch),
  allowOrigin: list(string()),
  allowMethods: list(
    string((value) => (/^(?:\*|[A-Z]+)$/.test(value) ? undefined : `${JSON.stringify(value.slice(0, 40))} is not an HTTP method`)),
  ),
  allowHeaders: list(string()),
  exposeHeaders: list(string()),
  maxAge: durationOf(),
  allowCredentials: boolean,
  unmatchedPreflights: oneOf('UNSPECIFIED', 'FORWARD', 'IGNORE'),
})

const weights = (routes: readonly { weight?: number | undefined }[] | undefined): boolean =>
  routes !== undefined && routes.length > 1 && routes.reduce((sum, each) => sum + (each.weight ?? 0), 0) === 0

const httpRoute = object(
  {
    name: string(),
    match: list(match),
    route: list(object({ destination: required(destination), weight: integer(0, 2 ** 31 - 1), headers })),
    redirect,
    directResponse: object({ status: required(integer(200, 599)), body }),
    delegate: refused('write the routes in one VirtualService'),
    rewrite,
    timeout: durationOf(),
    retries,
    fault,
    mirror: destination,
    mirrorPercentage: percent,
    mirrorPercent: integer(0, 100),
    mirror_percent: refused('write mirrorPercentage'),
    mirrors: list(object({ destination: required(destination), percentage: percent })),
    corsPolicy,
    headers,
  },
  (value) => {
    const actions = [value.route, value.redirect, value.directResponse].filter(
      (each) => each !== undefined && !(Array.isArray(each) && each.length === 0),
    )
    if (actions.length === 0) return 'must have a route, redirect or directResponse'
    if (actions.length > 1) return 'must have only one of route, redirect and directResponse'
    if (!value.route) {
      for (const field of ['fault', 'rewrite', 'timeout', 'retries', 'mirror', 'mirrors'] as const)
        if (value[field] !== undefined && (field !== 'fault' || value.redirect)) return { at: field, message: 'is only allowed with route' }
    }
    // The part of the path that is replaced is the prefix that matched.
    if (value.redirect?.prefixRewrite && value.match?.some(({ uri }) => uri && uri.prefix === undefined))
      return { at: 'redirect.prefixRewrite', message: 'needs matches on a prefix: each uri of match must have prefix' }
    if (value.mirror && value.mirrors) return 'must have only one of mirror and mirrors'
    if (weights(value.route)) return { at: 'route', message: 'the sum of the weights is 0' }
    return undefined
  },
)

const l4Match = {
  destinationSubnets: list(cidr),
  port,
  sourceLabels: labels,
  sourceNamespace: nonEmpty,
  gateways: list(gatewayName),
  sourceSubnet: refused('Istio itself does not use it'),
}
const tcpMatch = object(l4Match)
const tlsMatch = object({ sniHosts: required(list(hostPattern, { min: 1 })), ...l4Match })
const tcpDestination = object({ destination: required(destination), weight: integer(0, 2 ** 31 - 1) })
const tcpDestinations = required(list(tcpDestination, { min: 1 }))
const connectionRoute = ({ route }: { route: { weight?: number | undefined }[] }) =>
  weights(route) ? { at: 'route', message: 'the sum of the weights is 0' } : undefined

export const virtualService = object(
  {
    hosts: required(list(hostPattern, { min: 1 })),
    gateways: list(gatewayName),
    http: list(httpRoute),
    tls: list(object({ match: required(list(tlsMatch, { min: 1 })), route: tcpDestinations }, connectionRoute)),
    tcp: list(object({ match: list(tcpMatch), route: tcpDestinations }, connectionRoute)),
    exportTo,
  },
  (value) => {
    if (!value.http?.length && !value.tls?.length && !value.tcp?.length) return 'must have http, tls or tcp'
    for (const [index, { match: matches }] of (value.tls ?? []).entries())
      for (const [number, { sniHosts }] of matches.entries()) {
        const foreign = sniHosts.find((sni) => !value.hosts.some((host) => hostCovers(host, sni)))
        if (foreign !== undefined)
          return {
            at: `tls[${index}].match[${number}].sniHosts`,
            message: `${foreign} is not covered by any of the hosts of the VirtualService`,
          }
      }
    const mesh = !value.gateways || value.gateways.includes('mesh')
    if (mesh && value.hosts.includes('*')) return { at: 'hosts', message: '"*" is not allowed for the mesh, only for gateways' }
    const seen = new Set<string>()
    for (const host of value.hosts) {
      if (seen.has(host)) return { at: 'hosts', message: `has ${host} twice` }
      seen.add(host)
    }
    return undefined
  },
)

export type VirtualService = TypeOf<typeof virtualService>
export type VirtualServiceObject = ObjectOf<VirtualService>
export type HttpRoute = NonNullable<VirtualService['http']>[number]
export type HttpMatch = TypeOf<typeof match>
export type L4Match = TypeOf<typeof tcpMatch>
export type TlsMatch = TypeOf<typeof tlsMatch>
export type TcpDestination = TypeOf<typeof tcpDestination>
export type CorsPolicy = TypeOf<typeof corsPolicy>
export type Retries = TypeOf<typeof retries>
