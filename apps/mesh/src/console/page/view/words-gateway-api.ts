/** The Gateway API's kinds in words. */
import type { TcpRouteSpec } from '@bookinfo/rules/kinds/tcp-route'
import type { TlsRouteSpec } from '@bookinfo/rules/kinds/tls-route'
import type { GatewayApiGateway } from '@bookinfo/rules/kinds/gateway-api-gateway'
import type { GrpcRouteMatch, GrpcRouteRule, GrpcRouteSpec } from '@bookinfo/rules/kinds/grpc-route'
import type { HttpRouteFilter, HttpRouteMatch, HttpRouteRule, HttpRouteSpec } from '@bookinfo/rules/kinds/http-route'
import type { BackendTlsPolicy } from '@bookinfo/rules/kinds/backend-tls-policy'
import type { ReferenceGrant } from '@bookinfo/rules/kinds/reference-grant'
import { and, changesOf, inShares } from './words-parts.ts'

export const gatewayApiGatewayWords = ({ gatewayClassName, listeners }: GatewayApiGateway): string[] =>
  listeners.map(
    ({ name, port, protocol, hostname }) =>
      `A gateway of class ${gatewayClassName} takes ${protocol} for ${hostname ?? 'any host'} at port ${port} (${name})`,
  )

export const httpRouteWords = (spec: HttpRouteSpec): string[] =>
  routeWords(
    'Requests',
    spec,
    (spec.rules ?? []).map((rule) => [(rule.matches ?? []).map(matchWords), ruleWords(rule)]),
  )

export const grpcRouteWords = (spec: GrpcRouteSpec): string[] =>
  routeWords(
    'gRPC calls',
    spec,
    (spec.rules ?? []).map((rule) => [(rule.matches ?? []).map(callWords), ruleWords(rule)]),
  )

function routeWords(
  things: string,
  { parentRefs, hostnames }: HttpRouteSpec | GrpcRouteSpec,
  rules: readonly (readonly [cases: string[], then: string])[],
): string[] {
  const services = parentRefs.filter(({ kind }) => kind === 'Service').map(({ name }) => name)
  const gateways = parentRefs.filter(({ kind = 'Gateway' }) => kind === 'Gateway').map(({ name }) => name)
  const what = [
    services.length > 0 && `to ${and(services)}`,
    gateways.length > 0 && `${hostnames ? `to ${and(hostnames)} ` : ''}that come in through ${and(gateways)}`,
  ].filter(Boolean)
  return [`${things} ${what.join(', or ')}:`, ...rules.map(([cases, then], index) => `${caseOf(cases, index, rules.length)}${then}`)]
}

function caseOf(cases: readonly string[], index: number, all: number): string {
  if (cases.length === 0 || cases.includes('')) return index === 0 ? (all === 1 ? '' : 'all of them: ') : 'otherwise: '
  return `if ${cases.join(', or ')}: `
}

const matchWords = ({ path, headers = [], queryParams = [], method }: HttpRouteMatch): string =>
  [
    path &&
      !(path.value === '/' && (path.type ?? 'PathPrefix') === 'PathPrefix') &&
      `the path ${typeWords(path.type ?? 'PathPrefix', path.value ?? '/')}`,
    method && `the method is ${method}`,
    ...headers.map(({ name, type = 'Exact', value }) => `header ${name} ${typeWords(type, value)}`),
    ...queryParams.map(({ name, type = 'Exact', value }) => `query parameter ${name} ${typeWords(type, value)}`),
  ]
    .filter(Boolean)
    .join(' and ')

const callWords = ({ method, headers = [] }: GrpcRouteMatch): string =>
  [
    method?.service && `the service ${typeWords(method.type ?? 'Exact', method.service)}`,
    method?.method && `the method ${typeWords(method.type ?? 'Exact', method.method)}`,
    ...headers.map(({ name, type = 'Exact', value }) => `header ${name} ${typeWords(type, value)}`),
  ]
    .filter(Boolean)
    .join(' and ')

const typeWords = (type: string, value: string) =>
  type === 'Exact' ? `is exactly "${value}"` : type === 'PathPrefix' ? `is "${value}" or below` : `matches ${value}`

function ruleWords(rule: HttpRouteRule | GrpcRouteRule): string {
  const { backendRefs, sessionPersistence } = rule
  const { timeouts, retry } = 'timeouts' in rule || 'retry' in rule ? rule : {}
  const filters: readonly HttpRouteFilter[] = rule.filters ?? []
  const redirected = filters.some(({ type }) => type === 'RequestRedirect')
  return [
    ...(redirected
      ? []
      : [
          backendRefs?.length
            ? `go to ${inShares(
                backendRefs.map(({ name, weight }) => [name, weight]),
                1,
              )}`
            : 'are answered 500, for want of a backend',
        ]),
    ...filters.flatMap(filterWords),
    timeouts?.request && `for at most ${timeouts.request}`,
    timeouts?.backendRequest && `for at most ${timeouts.backendRequest} a try`,
    retry &&
      `tried ${retry.attempts ?? 1} more time${(retry.attempts ?? 1) === 1 ? '' : 's'}${retry.codes ? ` on ${and(retry.codes.map(String))}` : ''}`,
    sessionPersistence && `a session stays with its pod by ${sessionPersistence.type ?? 'Cookie'}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function filterWords(filter: HttpRouteFilter): string[] {
  const { requestHeaderModifier, responseHeaderModifier, requestMirror, requestRedirect, urlRewrite, cors } = filter
  const pairs = (list: readonly { name: string; value: string }[] | undefined) =>
    Object.fromEntries((list ?? []).map(({ name, value }) => [name, value]))
  const operations = (modifier: typeof requestHeaderModifier) =>
    modifier && { set: pairs(modifier.set), add: pairs(modifier.add), remove: modifier.remove }
  return [
    ...changesOf({ request: operations(requestHeaderModifier), response: operations(responseHeaderModifier) }),
    ...(requestMirror
      ? [`with ${requestMirror.percent === undefined ? 'a copy' : `${requestMirror.percent} % copied`} to ${requestMirror.backendRef.name}`]
      : []),
    ...(requestRedirect
      ? [
          `are redirected (${requestRedirect.statusCode ?? 302}) to ${requestRedirect.scheme ?? 'http'}://${requestRedirect.hostname ?? 'the same host'}${pathWords(requestRedirect.path)}`,
        ]
      : []),
    ...(urlRewrite ? [`rewritten to ${urlRewrite.hostname ?? ''}${pathWords(urlRewrite.path)}`] : []),
    ...(cors ? [`pages of ${and(cors.allowOrigins ?? ['*'])} may ask`] : []),
  ]
}

const pathWords = (path: { replaceFullPath?: string | undefined; replacePrefixMatch?: string | undefined } | undefined) =>
  path?.replaceFullPath ?? (path?.replacePrefixMatch === undefined ? '' : `${path.replacePrefixMatch}…`)

/** Of a TCPRoute, and of a TLSRoute, which reads names of clients. */
export const connectionRouteWords = (spec: TcpRouteSpec | TlsRouteSpec): string[] => {
  const [rule] = spec.rules
  const names = 'hostnames' in spec && spec.hostnames?.length ? ` for ${and(spec.hostnames)}` : ''
  const to = inShares(
    (rule?.backendRefs ?? []).map(({ name, weight }) => [name, weight]),
    1,
  )
  return [`Connections${names} at ${and(spec.parentRefs.map(({ name }) => name))} go to ${to}`]
}

export const backendTlsPolicyWords = ({ targetRefs, validation }: BackendTlsPolicy): string[] => {
  const { hostname, subjectAltNames, caCertificateRefs } = validation
  const targets = targetRefs.map(({ name, sectionName }) => (sectionName === undefined ? name : `port ${sectionName} of ${name}`))
  const names = subjectAltNames?.map(({ hostname: host, uri }) => host ?? uri!) ?? [hostname]
  const signers = caCertificateRefs?.length ? and(caCertificateRefs.map(({ kind, name }) => `${kind} ${name}`)) : 'a public authority'
  return [
    `Callers of ${and(targets)} begin TLS for ${hostname}, and take a certificate for ${names.join(' or ')} that ${signers} has signed`,
  ]
}

export const referenceGrantWords = ({ from, to }: ReferenceGrant): string[] => [
  `${and(from.map(({ kind, namespace }) => `${kind}s of namespace ${namespace}`))} may refer to ${and(to.map(({ kind, name }) => (name ? `${kind} ${name}` : `any ${kind}`)))} here`,
]
