import type { BalancerState, Caller, Cluster, Decision, Forward, Random, RuleRequest } from '../model/decision.ts'
import { balancerFor, sessionKey } from './balancer.ts'
import type { Clusters, Target } from '../compile/clusters.ts'
import { beginsTls } from './begins-tls.ts'
import { chooseDestination, chosenFact, usableDestinations } from './choose-destination.ts'
import { corsAnswer, corsHeaders } from './cors.ts'
import type { Clause, Fact, Step } from '../model/fact.ts'
import { grpcTimeout, grpcTimeoutMs, isGrpc } from '../model/grpc.ts'
import { fraction } from './hash.ts'
import { inOrder, noChanges, removalsFirst } from '../model/header-changes.ts'
import type { Domain } from '../compile/gateway-view.ts'
import { hostOf, portOf } from '../model/host.ts'
import { byPrecedence } from '../compile/route-parts.ts'
import { existsFor, type Known } from '../compile/mesh-view.ts'
import { rewritten } from './rewritten-path.ts'
import { locationOf } from './redirect.ts'
import { defaultRetry } from '../compile/retry.ts'
import { anyPath, type Action, type Context, type Route, type RouteDestination } from '../model/route.ts'
import type { RuleSet } from '../compile/ruleset.ts'

/**
 * Where a request of `caller` goes, or what is answered instead. Same arguments (and the same numbers from `random`), same decision.
 * The caller's proxy asks: rules of a `workload` are those of the mesh and of its namespace; a `gateway` sees what is bound to gateways.
 * For a gateway `request.port` is the listener's port, or 0 for the front door, which stands for one port of each Gateway.
 */
export const decide = (rules: RuleSet, request: RuleRequest, caller: Caller, state: BalancerState, random: Random): Decision => {
  const context = contextOf(request, caller)
  return caller.kind === 'gateway' ? atGateway(rules, context, random) : inMesh(rules, context, random)
}

const contextOf = (request: RuleRequest, caller: Caller): Context => {
  const mark = request.path.indexOf('?')
  const [path, query] = mark === -1 ? [request.path, ''] : [request.path.slice(0, mark), request.path.slice(mark + 1)]
  return { request, caller, path, query }
}

const fits =
  (context: Context) =>
  ({ conditions }: Route): boolean =>
    conditions.every((condition) => condition.test(context))

const atGateway = (rules: RuleSet, context: Context, random: Random): Decision => {
  const { request, caller, path } = context
  const host = hostOf(request.authority)
  const domains = rules.gateways.find(host, request, caller)
  const best = bestOf(domains, context)
  if (best?.route) return apply(best.route, context, rules.gateways.clusters(caller), random)
  if (best) {
    const { httpsPort } = request
    const location = locationOf(
      { kind: 'redirect', status: 301, scheme: 'https', ...(httpsPort !== undefined && { port: httpsPort }) },
      anyPath,
      context,
    )
    return respond(301, '', {
      steps: [{ rule: 'tls.httpsRedirect', fact: { kind: 'https-only', host } }],
      headers: [['location', location]],
    })
  }
  const fact: Fact = domains.length === 0 ? { kind: 'gateway-unserved', host } : { kind: 'route-unmatched', method: request.method, path }
  return respond(404, '', { flags: ['NR'], steps: [{ rule: 'default', fact }] })
}

/** The Gateway of the Gateway API that a request comes in by: the one whose route takes it, or that has its host. */
export const gatewayOf = (rules: RuleSet, request: RuleRequest, caller: Caller): Domain['gateway'] => {
  const domains = rules.gateways.find(hostOf(request.authority), request, caller)
  if (!domains.some(({ gateway }) => gateway)) return undefined
  const best = bestOf(domains, contextOf(request, caller))
  return best ? best.domain.gateway : domains.find(({ gateway }) => gateway)?.gateway
}

/** What a request meets in a domain; without a route when the domain is only for https. */
interface Found {
  domain: Domain
  route?: Route
}

const bestOf = (domains: readonly Domain[], context: Context): Found | undefined => {
  let best: Found | undefined
  for (const domain of domains) {
    if (best && best.domain.host !== domain.host) break
    if (domain.httpsOnly && context.request.scheme === 'http') {
      if (best) continue
      return { domain }
    }
    const route = domain.routes.find(context.path, fits(context))
    if (route && (!best || outranks({ route, domain }, best))) best = { route, domain }
  }
  return best
}

/** Several Gateways share one door: of their routes for a host, the one goes first that would do so at one Gateway. */
const outranks = (a: Found, b: Found): boolean => {
  const [rank, other] = [a, b].map(({ domain, route }) => route && domain.ranks?.get(route))
  return rank !== undefined && other !== undefined && byPrecedence(rank, other) < 0
}

const inMesh = (rules: RuleSet, context: Context, random: Random): Decision => {
  const { request, caller, path } = context
  const host = hostOf(request.authority)
  const view = rules.meshView(caller)
  const known = view.find(host, request.port)
  if (!known) return toUnknown(view.outbound, host, context)
  const { rule } = known
  const fitting = fits(context)
  const route = rule?.routes.find(path, (each) => (each.port === undefined || each.port === request.port) && fitting(each))
  if (route) return apply(route, context, view.clusters, random)
  if (known.service && !rule?.routes.routes.some((each) => existsFor(each, request.port, context)))
    return apply(defaultRoute(known), context, view.clusters, random)
  return respond(404, '', {
    flags: ['NR'],
    steps: [{ rule: rule?.rule ?? 'default', fact: { kind: 'route-unmatched', host, method: request.method, path } }],
  })
}

const defaultRoute = ({ fullHost }: Known): Route => ({
  rule: 'default',
  name: 'default',
  path: anyPath,
  conditions: [],
  action: {
    kind: 'forward',
    destinations: [{ weight: 1, host: fullHost, requestHeaders: noChanges, responseHeaders: noChanges }],
    timeoutMs: 0,
    retry: defaultRetry,
    mirrors: [],
    missingStatus: 503,
  },
  requestHeaders: noChanges,
  responseHeaders: noChanges,
})

const toUnknown = (policy: 'ALLOW_ANY' | 'REGISTRY_ONLY', host: string, { request }: Context): Decision => {
  if (policy === 'REGISTRY_ONLY')
    return respond(502, '', {
      routeName: 'block_all',
      steps: [
        { rule: 'outboundTrafficPolicy REGISTRY_ONLY', fact: { kind: 'undeclared', asked: { host, port: request.port }, passed: false } },
      ],
    })
  const port = portOf(request.authority) ?? request.port
  const cluster: Cluster = {
    name: 'PassthroughCluster',
    host,
    port,
    endpoints: [],
    external: { scheme: request.scheme, host, port },
    pool: { connectTimeoutMs: 10_000 },
  }
  return {
    kind: 'forward',
    routeName: 'allow_any',
    delayMs: 0,
    flags: [],
    steps: [{ rule: 'outboundTrafficPolicy ALLOW_ANY', fact: { kind: 'undeclared', asked: { host, port }, passed: true } }],
    responseHeaders: noChanges,
    cluster,
    balancer: { kind: 'ROUND_ROBIN' },
    path: request.path,
    authority: request.authority,
    requestHeaders: noChanges,
    timeoutMs: 0,
    retry: defaultRetry,
    mirrors: [],
  }
}

interface Answer {
  grpcStatus?: number
  routeName?: string
  headers?: readonly (readonly [string, string])[]
  flags?: readonly string[]
  delayMs?: number
  steps: readonly Step[]
  responseHeaders?: Decision['responseHeaders']
}

/** What the proxy answers by itself; a body is plain text, as Envoy's local replies are. */
const respond = (status: number, body: string, answer: Answer): Decision => ({
  kind: 'respond',
  status,
  ...(answer.grpcStatus !== undefined && { grpcStatus: answer.grpcStatus }),
  body,
  headers: [...(body === '' ? [] : [['content-type', 'text/plain'] as const]), ...(answer.headers ?? [])],
  routeName: answer.routeName ?? '',
  delayMs: answer.delayMs ?? 0,
  flags: answer.flags ?? [],
  steps: answer.steps,
  responseHeaders: answer.responseHeaders ?? noChanges,
})

const happens = (percent: number, random: Random): boolean => percent >= 100 || (percent > 0 && random() * 100 < percent)

/** A route that matched, in the order of Envoy's filters: CORS, delay, abort, then the route itself. */
const apply = (route: Route, context: Context, clusters: Clusters, random: Random): Decision => {
  const steps: Step[] = [{ rule: route.rule, fact: why(route) }]
  const { action, name: routeName } = route
  const preflight = route.cors && corsAnswer(route.cors, context)
  if (preflight)
    return respond(200, '', {
      routeName,
      headers: preflight,
      steps: [...steps, { rule: route.rule, fact: { kind: 'preflight' } }],
    })
  const cors = route.cors ? corsHeaders(route.cors, context) : noChanges

  const flags: string[] = []
  let delayMs = 0
  if (route.delay && happens(route.delay.percent, random)) {
    delayMs = route.delay.ms
    flags.push('DI')
    steps.push({ rule: route.rule, fact: { kind: 'delayed', ...route.delay } })
  }
  if (route.abort && happens(route.abort.percent, random)) {
    steps.push({ rule: route.rule, fact: { kind: 'aborted', ...route.abort } })
    // Envoy finishes its own answers like the route's: the headers that the rule sets on answers are on this one too.
    const ofRoute =
      action.kind === 'forward'
        ? answerHeaders(route, action, chooseDestination(usableDestinations(action.destinations), undefined, random))
        : route.responseHeaders
    const responseHeaders = strip(inOrder(cors, ofRoute))
    const { status, grpcStatus } = route.abort
    return respond(status, 'fault filter abort', {
      routeName,
      flags: [...flags, 'FI'],
      delayMs,
      steps,
      responseHeaders,
      ...(grpcStatus !== undefined && { grpcStatus }),
    })
  }

  const common = { routeName, delayMs, flags, steps, responseHeaders: inOrder(cors, route.responseHeaders) }
  if (action.kind === 'redirect') {
    const location = locationOf(action, route.path, context)
    return respond(action.status, '', {
      ...common,
      headers: [['location', location]],
      steps: [...steps, { rule: route.rule, fact: { kind: 'redirected', location } }],
    })
  }
  if (action.kind === 'direct')
    return respond(action.status, action.body, {
      ...common,
      steps: [...steps, { rule: route.rule, fact: { kind: 'answered', status: action.status } }],
    })
  return forward(route, action, context, clusters, { ...common, responseHeaders: cors }, random)
}

type Common = Pick<Forward, 'routeName' | 'delayMs' | 'flags' | 'steps' | 'responseHeaders'>

const forward = (
  route: Route,
  action: Action & { kind: 'forward' },
  context: Context,
  clusters: Clusters,
  common: Common,
  random: Random,
): Decision => {
  const { request, caller, path, query } = context
  const host = hostOf(request.authority)
  const session = action.session && sessionKey(action.session, context, random)
  const usable = usableDestinations(action.destinations)
  const destination = chooseDestination(usable, session ? fraction(`weight\n${session.key}`) : undefined, random)
  const target = destination.refused ?? clusters.get(destination, request.port, host, caller)
  const steps: Step[] = [...common.steps, { rule: route.rule, fact: chosenFact(destination, usable) }]
  const responseHeaders = inOrder(common.responseHeaders, answerHeaders(route, action, destination))
  if ('kind' in target)
    return respond(action.missingStatus, '', {
      ...common,
      flags: [...common.flags, 'NC'],
      steps: [...steps, { rule: route.rule, fact: target }],
      responseHeaders: strip(responseHeaders),
    })

  const single = action.destinations.length === 1
  const requestHeaders = single
    ? removalsFirst(route.requestHeaders, destination.requestHeaders)
    : inOrder(destination.requestHeaders, route.requestHeaders)
  const authority =
    (single ? (action.authority ?? destination.requestHeaders.authority) : (destination.requestHeaders.authority ?? action.authority)) ??
    request.authority
  const sent = action.rewrite ? rewritten(action.rewrite, route.path, path, query) : request.path
  const balancer = session?.balancer ?? balancerFor(target.loadBalancer, context, random)
  const { cluster } = target
  const timeoutMs = limitOf(request, action.timeoutMs)
  steps.push(...beginsTls(cluster), { rule: cluster.name, fact: howBalanced(balancer.kind, cluster) })
  const mirrors = mirrorsOf(action, context, clusters, random).map((each) => ({
    cluster: each.cluster,
    balancer: balancerFor(each.loadBalancer, context, random),
    path: sent,
    authority,
    requestHeaders: strip(requestHeaders),
  }))
  for (const each of mirrors) steps.push({ rule: route.rule, fact: { kind: 'mirrored', cluster: each.cluster.name } })
  return {
    kind: 'forward',
    ...common,
    steps,
    responseHeaders: strip(session?.responseHeaders ? inOrder(responseHeaders, session.responseHeaders) : responseHeaders),
    cluster,
    balancer,
    path: sent,
    authority,
    requestHeaders: withDeadline(strip(requestHeaders), request, timeoutMs, action.retry.perTryTimeoutMs),
    timeoutMs,
    retry: balancer.kind === 'HASH' && action.retry.otherHosts === undefined ? { ...action.retry, otherHosts: false } : action.retry,
    mirrors,
  }
}

/** What a rule does to answers, the destination's part included. */
const answerHeaders = (route: Route, { destinations }: Action & { kind: 'forward' }, destination: RouteDestination) =>
  destinations.length === 1
    ? removalsFirst(route.responseHeaders, destination.responseHeaders)
    : inOrder(destination.responseHeaders, route.responseHeaders)

/** The rule's limit, or the deadline in `grpc-timeout` if that is shorter, whatever kind of request has it (as Istio 1.31 does); 0 for none. */
const limitOf = ({ headers }: RuleRequest, timeoutMs: number): number => {
  const deadline = headers['grpc-timeout'] ? grpcTimeoutMs(headers) : 0
  return deadline > 0 && (timeoutMs === 0 || deadline < timeoutMs) ? deadline : timeoutMs
}

/** A gRPC server is to know how long its client's proxy waits. */
const withDeadline = (
  changes: Decision['responseHeaders'],
  { headers }: RuleRequest,
  timeoutMs: number,
  perTryTimeoutMs = 0,
): Decision['responseHeaders'] => {
  const limit = perTryTimeoutMs > 0 && (timeoutMs === 0 || perTryTimeoutMs < timeoutMs) ? perTryTimeoutMs : timeoutMs
  if (limit === 0 || !isGrpc(headers) || limit === grpcTimeoutMs(headers)) return changes
  return { ...changes, set: [...changes.set, ['grpc-timeout', grpcTimeout(limit)]] }
}

/** Only the changes, without the authority that Istio writes among them. */
const strip = ({ remove, set, add }: Decision['responseHeaders']): Decision['responseHeaders'] => ({ remove, set, add })

const mirrorsOf = (action: Action & { kind: 'forward' }, { request, caller }: Context, clusters: Clusters, random: Random): Target[] =>
  action.mirrors.flatMap(({ destination, percent }) => {
    if (destination.refused || !happens(percent, random)) return []
    const target = clusters.get(destination, request.port, hostOf(request.authority), caller)
    return 'kind' in target ? [] : [target]
  })

const why = ({ rule, path, conditions, port }: Route): Fact => {
  const clauses: Clause[] = [...(port === undefined ? [] : [{ about: 'port', port } as const]), ...conditions.map(({ clause }) => clause)]
  if (rule === 'default') return { kind: 'service-itself' }
  return { kind: 'route-matched', ...(path !== anyPath && { path }), clauses, of: 'request' }
}

const howBalanced = (balancer: string, { endpoints, external }: Cluster): Fact =>
  external ? { kind: 'outside', ...external } : { kind: 'balanced', balancer, endpoints: endpoints.length }
