/** Why a request goes where it goes, hop by hop: the decisions that the proxy would make now, without sending anything. */
import { authorize } from '@bookinfo/rules/authorize'
import { authorizeAtGateway } from '@bookinfo/rules/authorize-at-gateway'
import { decide } from '@bookinfo/rules/decide'
import type { BalancerState, Caller, Decision, Endpoint, MeshService, RuleRequest, Step, Verdict } from '@bookinfo/rules/decision'
import { pickEndpoint } from '@bookinfo/rules/pick-endpoint'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import type { Sidecar } from '../proxy/door.ts'
import { change, copyOf } from '../proxy/headers.ts'
import { normalizePath } from '../proxy/normalize-path.ts'
import { destinationOf } from '../proxy/upstream-address.ts'
import { gateway, servicePort } from '../topology.ts'

export interface Question {
  method: string
  path?: string | undefined
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  /** Who is signed in; productpage then sends it as `end-user`. */
  user?: string | undefined
  /** Workload that asks; the gateway unless told. */
  from?: string | undefined
  /** What a workload asks: a service, `HOST`, `HOST:PORT` or `http://HOST:PORT/PATH`. */
  service?: string | undefined
}

export interface Hop {
  from: string
  method: string
  authority: string
  path: string
  /** Rule by rule. */
  steps: readonly Step[]
  /** Milliseconds that a fault holds it back. */
  delayMs: number
  /** What came of it: `→ reviews-v2-…` or `404 by the proxy`. */
  result: string
  cluster: string | null
  workload: string | null
  pod: string | null
  /** Status when a proxy answers by itself. */
  status: number | null
  timeoutMs: number
  retries: number
  mirrors: readonly string[]
  /** What a proxy at the destination says. */
  policy: readonly Step[]
  /** About how often each result comes, by drawing many times; one entry when nothing is left to chance. */
  chances: readonly { result: string; share: number }[]
  next: readonly Hop[]
}

const draws = 1000

interface World {
  rules: RuleSet
  services: readonly MeshService[]
  gateway: Sidecar
  sidecars: ReadonlyMap<string, Sidecar>
}

/** Asks the rules as the proxies on the way would. @throws Error for a path or a workload that cannot be. */
export async function explain(world: World, question: Question): Promise<Hop> {
  const sidecar = question.from === undefined || question.from === gateway.name ? world.gateway : world.sidecars.get(question.from)
  if (!sidecar) throw new Error(`there is no workload ${question.from}`)
  const inside = sidecar !== world.gateway
  const { authority, port, path: asked } = inside ? targetOf(question.service ?? 'productpage', world) : atTheDoor(question)
  const typed = question.path ?? asked
  const path = normalizePath(typed)
  if (!path?.startsWith('/')) throw new Error(`${typed} is not a path`)
  const headers = Object.fromEntries(Object.entries(question.headers).map(([name, value]) => [name.toLowerCase(), [value]]))
  if (inside && question.user) headers['end-user'] = [question.user]
  return explainHop(world, sidecar, { method: question.method, scheme: 'http', authority, port, path, headers }, question.user, 0)
}

const page = '/productpage'
const atTheDoor = ({ headers }: Question) => ({ authority: headers['host'] ?? 'localhost', port: 0, path: page })

/** What a client sends to its proxy for an address. As in a URL, the port is 80 unless it is named; the application's own services have theirs. */
function targetOf(service: string, { services }: World): { authority: string; port: number; path: string } {
  if (/^https:/i.test(service))
    throw new Error(
      `${service}: TLS that a workload begins by itself does not go through its proxy (CONNECT is refused). Ask for http://HOST:443 where a DestinationRule begins it`,
    )
  const text = service.replace(/^http:\/\//i, '')
  const url = /^[^/?#@]+/.test(text) && URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined
  if (!url) throw new Error(`${service} is not a service, HOST, HOST:PORT or http://HOST:PORT/PATH`)
  const own = services.some(({ host }) => host === url.hostname || host.startsWith(`${url.hostname}.`))
  const named = url.port !== '' || /^[^/?#]*:80(?:[/?#]|$)/.test(text)
  if (own && !named) url.port = String(servicePort)
  const path = `${url.pathname}${url.search}`
  return {
    authority: url.host,
    port: Number(url.port || 80),
    path: own && url.hostname.startsWith('productpage') && path === '/' ? page : path,
  }
}

async function explainHop(world: World, sidecar: Sidecar, asked: RuleRequest, user: string | undefined, depth: number): Promise<Hop> {
  const { caller } = sidecar
  const state = stillState(sidecar.balancer)
  const { rules } = world
  const entry = caller.kind === 'gateway' ? await authorizeAtGateway(rules, asked, caller, Date.now()) : undefined
  if (entry && !entry.allow) return refusedAtGateway(caller.name, asked, entry)
  const request = entry ? admitted(asked, entry) : asked
  const decision = decide(rules, request, caller, state, Math.random)
  const endpoint = decision.kind === 'forward' ? pickEndpoint(decision.cluster, decision.balancer, state, Math.random) : undefined
  const verdict = await judge(rules, request, caller, decision, endpoint)
  const reached = verdict === undefined || verdict.allow
  return {
    from: caller.name,
    method: request.method,
    authority: request.authority,
    path: request.path,
    steps: [...(entry?.steps ?? []).filter(({ rule }) => rule !== 'default'), ...decision.steps],
    delayMs: decision.delayMs,
    result: resultOf(decision, endpoint?.pod),
    cluster: decision.kind === 'forward' ? decision.cluster.name : null,
    workload: endpoint?.workload ?? null,
    pod: endpoint?.pod ?? null,
    status: verdict && !verdict.allow ? ('reset' in verdict ? 503 : verdict.status) : statusOf(decision, endpoint),
    timeoutMs: decision.kind === 'forward' ? decision.timeoutMs : 0,
    retries: decision.kind === 'forward' ? decision.retry.attempts : 0,
    mirrors: decision.kind === 'forward' ? decision.mirrors.map(({ cluster }) => cluster.name) : [],
    policy: verdict?.steps ?? [],
    chances: chancesOf(rules, request, caller, state),
    next: reached && endpoint && depth < 4 ? await explainCalls(world, endpoint, request, user, depth) : [],
  }
}

/** A request as the gateway has let it in: with what it says of its token. */
function admitted(request: RuleRequest, { requestHeaders, claims }: Extract<Verdict, { allow: true }>): RuleRequest {
  const headers = copyOf(request.headers)
  change(headers, requestHeaders)
  return { ...request, headers, ...(claims && { claims }) }
}

function refusedAtGateway(from: string, { method, authority, path }: RuleRequest, verdict: Extract<Verdict, { allow: false }>): Hop {
  const status = 'reset' in verdict ? 503 : verdict.status
  const result = `${status} by the proxy`
  return {
    from,
    method,
    authority,
    path,
    steps: verdict.steps,
    result,
    status,
    delayMs: 0,
    timeoutMs: 0,
    retries: 0,
    cluster: null,
    workload: null,
    pod: null,
    mirrors: [],
    policy: [],
    chances: [{ result, share: 1 }],
    next: [],
  }
}

async function judge(
  rules: RuleSet,
  request: RuleRequest,
  caller: Caller,
  decision: Decision,
  endpoint: Endpoint | undefined,
): Promise<Verdict | undefined> {
  if (decision.kind !== 'forward' || !endpoint) return undefined
  const headers = copyOf(request.headers)
  change(headers, decision.requestHeaders)
  const arriving = { ...request, headers, path: decision.path, authority: decision.authority }
  return authorize(rules, arriving, caller, destinationOf(endpoint, decision.cluster), Date.now())
}

/** What the application itself asks next. */
async function explainCalls(
  world: World,
  { workload }: Endpoint,
  request: RuleRequest,
  user: string | undefined,
  depth: number,
): Promise<Hop[]> {
  const sidecar = world.sidecars.get(workload)
  if (!sidecar) return []
  const signedIn = sidecar.service === 'productpage' ? (user ? { 'end-user': [user] } : {}) : {}
  const headers = { ...request.headers, ...signedIn }
  return Promise.all(
    callsOf(workload, request.path).map(([service, path]) =>
      explainHop(
        world,
        sidecar,
        { method: 'GET', scheme: 'http', authority: `${service}:${servicePort}`, port: servicePort, path, headers },
        user,
        depth + 1,
      ),
    ),
  )
}

/** Which neighbours a workload asks for a path, as the services' own code does. */
function callsOf(workload: string, target: string): [service: string, path: string][] {
  const path = target.split('?', 1)[0]!
  if (workload.startsWith('productpage')) {
    if (path === '/productpage')
      return [
        ['details', '/details/0'],
        ['reviews', '/reviews/0'],
      ]
    const [, id, part = 'details'] = /^\/api\/v1\/products\/(\d+)(?:\/(reviews|ratings))?$/.exec(path) ?? []
    return id === undefined ? [] : [[part, `/${part}/${id}`]]
  }
  const [, id] = /^\/reviews\/(.+)$/.exec(path) ?? []
  return id !== undefined && (workload === 'reviews-v2' || workload === 'reviews-v3') ? [['ratings', `/ratings/${id}`]] : []
}

function chancesOf(rules: RuleSet, request: RuleRequest, caller: Caller, state: BalancerState) {
  const counts = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    const decision = decide(rules, request, caller, state, Math.random)
    const endpoint = decision.kind === 'forward' ? pickEndpoint(decision.cluster, decision.balancer, state, Math.random) : undefined
    const result = `${resultOf(decision, endpoint?.workload)}${decision.delayMs > 0 ? ` after ${decision.delayMs} ms` : ''}`
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }
  return Array.from(counts, ([result, count]) => ({ result, share: count / draws })).toSorted((a, b) => b.share - a.share)
}

function resultOf(decision: Decision, to: string | undefined): string {
  if (decision.kind === 'respond') return `${decision.status} by the proxy`
  const { external, host } = decision.cluster
  return to ?? (external ? `${host}:${external.port}` : '503 no healthy upstream')
}

function statusOf(decision: Decision, endpoint: Endpoint | undefined): number | null {
  if (decision.kind === 'respond') return decision.status
  return endpoint || decision.cluster.external ? null : 503
}

/** The sidecar's state, read and never moved on: asking why must not change what happens next. */
function stillState(state: BalancerState): BalancerState {
  const own = new Map<string, number>()
  return {
    active: (pod) => state.active(pod),
    ejected: (cluster, pod) => state.ejected(cluster, pod),
    next(cluster) {
      const count = own.get(cluster) ?? Math.floor(Math.random() * 6)
      own.set(cluster, count + 1)
      return count
    },
  }
}
