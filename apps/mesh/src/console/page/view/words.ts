/** What a rule does, in words: one line a sentence, most telling first. */
import type { DestinationRule, TrafficPolicy } from '@bookinfo/rules/kinds/destination-rule'
import type { Gateway } from '@bookinfo/rules/kinds/gateway'
import type { ServiceEntry } from '@bookinfo/rules/kinds/service-entry'
import type { Sidecar } from '@bookinfo/rules/kinds/sidecar'
import type { RouteRule } from '@bookinfo/rules/kinds/route-rule'
import type { HttpMatch, HttpRoute, L4Match, TcpDestination, VirtualService } from '@bookinfo/rules/kinds/virtual-service'
import {
  backendTlsPolicyWords,
  connectionRouteWords,
  gatewayApiGatewayWords,
  grpcRouteWords,
  httpRouteWords,
  referenceGrantWords,
} from './words-gateway-api.ts'
import { and, changesOf, inShares, stringWords } from './words-parts.ts'
import { authorizationWords, peerWords, tokenWords } from './words-security.ts'

/** The document of a valid object. */
export interface Manifest {
  apiVersion?: unknown
  kind?: unknown
  metadata?: unknown
  spec?: unknown
}

function virtualServiceWords({ hosts, gateways, http = [], tls = [], tcp = [] }: VirtualService): string[] {
  const where = gateways?.filter((name) => name !== 'mesh') ?? []
  const way = where.length > 0 ? ` that come in through ${and(where)}${gateways!.includes('mesh') ? ' or from the mesh' : ''}` : ''
  const to = hosts.includes('*') ? 'any host' : and(hosts)
  const connections = [
    ...tls.flatMap(({ match, route }) => match.map((each) => `if the client asks for ${and(each.sniHosts)}: ${connectionWords(route)}`)),
    ...tcp.map(({ match, route }) => `${connectionCase(match)}${connectionWords(route)}`),
  ]
  return [
    ...(http.length > 0 ? [`Requests to ${to}${way}:`] : []),
    ...http.map((route, index) => `${caseOf(route.match, index, http.length)}${routeWords(route)}`),
    ...(connections.length > 0 ? [`Connections to ${to}${way}:`, ...connections] : []),
  ]
}

function connectionCase(match: readonly L4Match[] | undefined): string {
  const cases = (match ?? []).map(({ port, destinationSubnets, sourceLabels }) =>
    [
      port !== undefined && `the port is ${port}`,
      destinationSubnets && `the address is in ${and(destinationSubnets)}`,
      sourceLabels && `the caller has ${labelWords(sourceLabels)}`,
    ]
      .filter(Boolean)
      .join(' and '),
  )
  return cases.length === 0 || cases.includes('') ? '' : `if ${cases.join(', or ')}: `
}

const connectionWords = (routes: readonly TcpDestination[]): string => routeWords({ route: [...routes] })

function caseOf(match: readonly HttpMatch[] | undefined, index: number, all: number): string {
  const cases = (match ?? []).map(matchWords)
  if (cases.length === 0 || cases.includes('')) return index === 0 ? (all === 1 ? '' : 'all of them: ') : 'otherwise: '
  return `if ${cases.join(', or ')}: `
}

function matchWords(match: HttpMatch): string {
  const { uri, scheme, method, authority, headers = {}, withoutHeaders = {}, queryParams = {}, port, sourceLabels, sourceNamespace } = match
  return [
    uri && `the path ${stringWords(uri)}`,
    method && `the method ${stringWords(method)}`,
    scheme && `the scheme ${stringWords(scheme)}`,
    authority && `the host ${stringWords(authority)}`,
    ...Object.entries(headers).map(([name, value]) => `header ${name} ${stringWords(value)}`),
    ...Object.entries(withoutHeaders).map(([name, value]) => `not header ${name} ${stringWords(value)}`),
    ...Object.entries(queryParams).map(([name, value]) => `query parameter ${name} ${stringWords(value)}`),
    port !== undefined && `port ${port}`,
    sourceLabels && `the caller has ${labelWords(sourceLabels)}`,
    sourceNamespace && `the caller is in namespace ${sourceNamespace}`,
  ]
    .filter(Boolean)
    .join(' and ')
}

function routeWords(route: HttpRoute): string {
  const { route: to, redirect, directResponse, rewrite, timeout, retries, fault, mirror, mirrors, mirrorPercentage, headers } = route
  const parts: (string | false | undefined)[] = []
  if (fault?.delay) parts.push(`${share(fault.delay.percentage?.value ?? fault.delay.percent)}wait ${fault.delay.fixedDelay}`)
  if (fault?.abort)
    parts.push(`${share(fault.abort.percentage?.value)}are answered ${fault.abort.grpcStatus ?? fault.abort.httpStatus} by the proxy`)
  if (to && !(fault?.abort && (fault.abort.percentage?.value ?? 100) === 100))
    parts.push(`go to ${inShares(to.map(({ destination, weight }) => [destinationWords(destination), weight]))}`)
  if (redirect)
    parts.push(`are redirected to ${redirect.scheme ?? ''}${redirect.scheme ? '://' : ''}${redirect.authority ?? ''}${redirect.uri ?? ''}`)
  if (directResponse) parts.push(`are answered ${directResponse.status} by the proxy`)
  if (rewrite?.uri !== undefined) parts.push(`with the path rewritten to ${rewrite.uri}`)
  if (rewrite?.uriRegexRewrite)
    parts.push(`with ${rewrite.uriRegexRewrite.match} in the path replaced by ${rewrite.uriRegexRewrite.rewrite}`)
  if (rewrite?.authority) parts.push(`with the host ${rewrite.authority}`)
  if (timeout) parts.push(timeout === '0s' ? 'without a time limit' : `for at most ${timeout}`)
  if (retries?.attempts === 0) parts.push('without a retry')
  else if (retries?.attempts)
    parts.push(
      `tried ${retries.attempts} more time${retries.attempts === 1 ? '' : 's'}${retries.perTryTimeout ? ` of ${retries.perTryTimeout} each` : ''}${retries.retryOn ? ` on ${retries.retryOn}` : ''}`,
    )
  for (const { destination, percentage } of mirrors ?? (mirror ? [{ destination: mirror, percentage: mirrorPercentage }] : []))
    parts.push(`with ${percentage ? `${percentage.value} % copied` : 'a copy sent'} to ${destinationWords(destination)}`)
  parts.push(...changesOf(headers))
  return parts.filter(Boolean).join(', ')
}

const share = (value: number | undefined) => (value === undefined || value === 100 ? '' : `${value} % `)

const destinationWords = ({ host, subset, port }: { host: string; subset?: string | undefined; port?: { number: number } | undefined }) =>
  `${host}${subset ? ` ${subset}` : ''}${port && port.number !== 9080 ? `:${port.number}` : ''}`

const labelWords = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')

function destinationRuleWords({ host, subsets, trafficPolicy }: DestinationRule): string[] {
  const lines = (subsets ?? []).map(
    ({ name, labels, trafficPolicy: own }) =>
      `${host} ${name} is every pod${labels ? ` with ${labelWords(labels)}` : ''}${policyWords(own)
        .map((each) => `; ${each}`)
        .join('')}`,
  )
  return [...lines, ...policyWords(trafficPolicy).map((each) => `For ${host}: ${each}`)]
}

const balancers: Readonly<Record<string, string>> = {
  RANDOM: 'a pod is chosen at random',
  ROUND_ROBIN: 'pods take turns',
  LEAST_REQUEST: 'the less busy of two pods is chosen',
  LEAST_CONN: 'the less busy of two pods is chosen',
}

function policyWords(policy: TrafficPolicy | undefined): string[] {
  if (!policy) return []
  const { loadBalancer, connectionPool, outlierDetection, tls, tunnel, portLevelSettings } = policy
  const hash = loadBalancer?.consistentHash
  const { useClientProtocol, h2UpgradePolicy } = connectionPool?.http ?? {}
  const { tcpKeepalive: _, ...tcp } = connectionPool?.tcp ?? {}
  const { http2KeepAlive, ...http } = connectionPool?.http ?? {}
  const pool: Record<string, string | number | boolean | undefined> = { ...tcp, ...http }
  const limits = Object.entries({
    maxConnections: 'connections',
    http1MaxPendingRequests: 'waiting requests',
    http2MaxRequests: 'requests at once',
    maxConcurrentStreams: 'requests at once per connection',
    maxRequestsPerConnection: 'requests a connection',
    maxRetries: 'retries at once',
  }).flatMap(([field, what]) => (pool[field] === undefined ? [] : [`${pool[field]} ${what}`]))
  const ejected =
    outlierDetection && `${outlierDetection.consecutive5xxErrors ?? outlierDetection.consecutiveGatewayErrors ?? 5} errors in a row`
  return [
    loadBalancer?.simple && balancers[loadBalancer.simple],
    hash &&
      `the same ${hash.httpHeaderName ? `header ${hash.httpHeaderName}` : hash.httpCookie ? `cookie ${hash.httpCookie.name}` : hash.httpQueryParameterName ? `query parameter ${hash.httpQueryParameterName}` : 'source address'} gets the same pod`,
    limits.length > 0 && `at most ${and(limits)}; more are answered 503`,
    useClientProtocol ? "the client's version of HTTP is kept" : h2UpgradePolicy === 'UPGRADE' && 'requests are sent by HTTP/2',
    ejected && `a pod with ${ejected} is left out for ${outlierDetection.baseEjectionTime ?? '30s'} and longer`,
    http2KeepAlive &&
      `connections of HTTP/2 are asked every ${http2KeepAlive.interval} whether they work, and closed after ${http2KeepAlive.timeout} of silence`,
    tunnel && `connections are led on to ${tunnel.targetHost}:${tunnel.targetPort} by CONNECT`,
    tls && `TLS from callers is ${tls.mode}`,
    portLevelSettings && `ports ${and(portLevelSettings.map(({ port }) => String(port.number)))} have their own settings`,
  ].filter((each): each is string => typeof each === 'string')
}

const gatewayWords = ({ selector, servers }: Gateway): string[] =>
  servers.map(
    ({ port, hosts, tls }) =>
      `${selector?.['istio'] ?? labelWords(selector ?? {})} takes ${port.protocol} for ${hosts.includes('*') ? 'any host' : and(hosts)}${tls?.httpsRedirect ? ' and redirects it to https' : ''}`,
  )

const serviceEntryWords = ({ hosts, ports, resolution }: ServiceEntry): string[] => [
  `The mesh knows ${and(hosts)} at ${and(ports.map(({ number, protocol = 'TCP' }) => `${number} (${protocol})`))}${resolution && resolution !== 'NONE' ? `, found by ${resolution}` : ''}`,
]

const sidecarWords = ({ workloadSelector, egress, outboundTrafficPolicy }: Sidecar): string[] => [
  `${workloadSelector ? `Pods with ${labelWords(workloadSelector.labels)}` : 'All pods of its namespace'} may call ${egress ? and(egress.flatMap(({ hosts }) => hosts)) : 'any service'}${
    outboundTrafficPolicy?.mode === 'REGISTRY_ONLY' ? ' and no undeclared host' : ''
  }`,
]

function routeRuleWords({ destination, match, route, httpFault, httpReqTimeout, httpReqRetries, precedence }: RouteRule): string[] {
  const conditions = Object.entries(match?.request?.headers ?? {}).map(([name, value]) => `header ${name} ${stringWords(value)}`)
  const source = match?.source?.name && `the caller is ${match.source.name}`
  const parts = [
    httpFault?.delay && `${share(httpFault.delay.percent)}wait ${httpFault.delay.fixedDelay}`,
    httpFault?.abort && `${share(httpFault.abort.percent)}are answered ${httpFault.abort.httpStatus} by the proxy`,
    route &&
      `go to ${inShares(route.map(({ labels, weight }) => [`${destination.name} ${labels?.['version'] ?? labelWords(labels ?? {})}`.trim(), weight]))}`,
    httpReqTimeout && `for at most ${httpReqTimeout.simpleTimeout.timeout}`,
    httpReqRetries && `tried ${httpReqRetries.simpleRetry.attempts} more times`,
  ].filter(Boolean)
  const condition = [...conditions, ...(source ? [source] : [])].join(' and ')
  return [
    `Requests to ${destination.name}${condition && `, if ${condition}`}: ${parts.join(', ')}${precedence === undefined ? '' : ` (precedence ${precedence})`}`,
  ]
}

const namespaceWords = ({ labels = {} }: { labels?: Record<string, string> }) =>
  Object.keys(labels).length > 0 ? `Listeners that select by labels know it by ${labelWords(labels)}` : 'It has no labels to be selected by'

const kinds: Readonly<Record<string, (spec: never) => string[]>> = {
  'networking.istio.io VirtualService': virtualServiceWords,
  'networking.istio.io DestinationRule': destinationRuleWords,
  'networking.istio.io Gateway': gatewayWords,
  'networking.istio.io ServiceEntry': serviceEntryWords,
  'networking.istio.io Sidecar': sidecarWords,
  'config.istio.io RouteRule': routeRuleWords,
  'gateway.networking.k8s.io Gateway': gatewayApiGatewayWords,
  'gateway.networking.k8s.io HTTPRoute': httpRouteWords,
  'gateway.networking.k8s.io GRPCRoute': grpcRouteWords,
  'gateway.networking.k8s.io TCPRoute': connectionRouteWords,
  'gateway.networking.k8s.io TLSRoute': connectionRouteWords,
  'gateway.networking.k8s.io BackendTLSPolicy': backendTlsPolicyWords,
  'gateway.networking.k8s.io ReferenceGrant': referenceGrantWords,
  'security.istio.io AuthorizationPolicy': authorizationWords,
  'security.istio.io PeerAuthentication': peerWords,
  'security.istio.io RequestAuthentication': tokenWords,
}

export function words({ apiVersion, kind, metadata, spec }: Manifest): string[] {
  if (kind === 'Namespace') return [namespaceWords(metadata as { labels?: Record<string, string> })]
  const group = String(apiVersion).split('/')[0]
  const tell = kinds[`${group} ${String(kind)}`] as ((spec: unknown) => string[]) | undefined
  return tell?.(spec ?? {}) ?? []
}
