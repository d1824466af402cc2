/** Why a request goes where it goes, hop by hop: the decisions that the proxy would make now, without sending anything. */
import type { BalancerState, Endpoint, HeaderMap, MeshService, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import type { Connection } from '@bookinfo/rules/connection'
import { inWords, type Explained } from '@bookinfo/rules/explain'
import { choose, hop, type Asker, type Choice } from '@bookinfo/rules/hop'
import { hopTcp, type TcpHop } from '@bookinfo/rules/hop-tcp'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import type { Sidecar } from '../proxy/door.ts'
import { flat, readHeaders } from '../proxy/headers.ts'
import { normalizePath } from '../proxy/normalize-path.ts'
import { noHealthyUpstream } from '../proxy/local-replies.ts'
import { takeIn } from '../proxy/read-request.ts'
import { gateway, servicePort } from '../topology.ts'

export interface Question {
  method: string
  path?: string | undefined
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  /** The signed-in user; productpage then sends the name as `end-user`. */
  user?: string | undefined
  /** Workload that sends the request, or its app; the gateway by default. */
  from?: string | undefined
  /** What a workload asks: a service, `HOST`, `HOST:PORT`, `http://HOST:PORT/PATH`, `tcp://HOST:PORT` or `tls://HOST:PORT`; the service of the path by default. */
  service?: string | undefined
}

export interface Hop {
  from: string
  method: string
  authority: string
  path: string
  /** Rule by rule. */
  steps: readonly Explained[]
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
  policy: readonly Explained[]
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
  const sidecar = senderOf(world, question.from)
  if (!sidecar) throw new Error(`there is no workload ${question.from}`)
  const inside = sidecar !== world.gateway
  const connection = connectionIn(question.service)
  if (connection) return explainConnection(world, sidecar, connection)
  const { authority, port, path: asked } = inside ? targetOf(question.service ?? serviceIn(question.path), world) : atTheDoor(question)
  const typed = question.path ?? asked
  const path = normalizePath(typed)
  if (!path?.startsWith('/')) throw new Error(`${typed} is not a path`)
  const sent = Object.fromEntries(Object.entries(question.headers).map(([name, value]) => [name, [value]]))
  if (inside && question.user) sent['end-user'] = [question.user]
  const headers = takenIn(sidecar, sent)
  return explainHop(world, sidecar, { method: question.method, scheme: 'http', authority, port, path, headers }, question.user, 0)
}

/** `tcp://HOST:PORT`; `tls://HOST:PORT`, whose SNI is the host unless one stands before it, `tls://SNI@HOST:PORT`; `https://HOST` is TLS too. */
function connectionIn(service = ''): Connection | undefined {
  const [, scheme, sni, host = '', digits] = /^(tcp|tls|https):\/\/(?:([^/@]+)@)?([^/:@]+)(?::(\d{1,5}))?(?:\/.*)?$/i.exec(service) ?? []
  if (scheme === undefined) return undefined
  const port = Number(digits ?? (/^https$/i.test(scheme) ? 443 : NaN))
  if (!(port >= 1 && port <= 65_535)) throw new Error(`${service}: expected ${scheme}://HOST:PORT`)
  return { host: host.toLowerCase(), port, ...(!/^tcp$/i.test(scheme) && { tls: { sni: (sni ?? host).toLowerCase() } }) }
}

/** The same for a connection whose bytes are not HTTP to the proxy. */
function explainConnection(world: World, sidecar: Sidecar, dialled: Connection): Hop {
  const asker = askerOf(world.rules, sidecar)
  // A gateway does not see by which name it was dialled.
  const connection = sidecar.caller.kind === 'gateway' ? { ...dialled, host: '' } : dialled
  const { entry, decision, aim, verdict } = hopTcp(asker, connection)
  const forward = decision?.kind === 'forward' ? decision : undefined
  const named = ({ decision: made, aim: at, verdict: said }: TcpHop, name: 'pod' | 'workload'): string => {
    if (made?.kind !== 'forward' || !at) return 'closed by the proxy'
    if (said && !said.allow) return `${said.reset ? 'reset' : 'closed'} by ${at.endpoint?.[name]}`
    const { host, external } = made.cluster
    return at.endpoint?.[name] ?? `${host}:${external?.port}`
  }
  const counts = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    const result = named(hopTcp(asker, connection), 'workload')
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }
  return {
    from: sidecar.caller.name,
    method: connection.tls ? `TLS${connection.tls.sni === dialled.host ? '' : ` for ${connection.tls.sni}`}` : 'TCP',
    authority: `${dialled.host}:${dialled.port}`,
    path: '',
    steps: inWords(decision?.steps ?? entry.steps),
    delayMs: 0,
    result: named({ entry, ...(decision && { decision }), aim, ...(verdict && { verdict }) }, 'pod'),
    cluster: forward?.cluster.name ?? null,
    workload: aim?.endpoint?.workload ?? null,
    pod: aim?.endpoint?.pod ?? null,
    status: null,
    timeoutMs: 0,
    retries: 0,
    mirrors: [],
    policy: inWords(verdict?.steps ?? []),
    chances: Array.from(counts, ([result, count]) => ({ result, share: count / draws })).toSorted((a, b) => b.share - a.share),
    next: [],
  }
}

/** The gateway, a workload, or the first workload of an app. */
const senderOf = ({ gateway: door, sidecars }: World, from: string | undefined): Sidecar | undefined =>
  from === undefined || from === gateway.name
    ? door
    : (sidecars.get(from) ?? [...sidecars.values()].find(({ service }) => service === from))

/** The service of the application whose path it is. */
const serviceIn = (path = ''): string => /^\/(details|reviews|ratings)(?:\/|$)/.exec(path)?.[1] ?? 'productpage'

const page = '/productpage'
const atTheDoor = ({ headers }: Question) => ({ authority: headers['host'] ?? 'localhost', port: 0, path: page })

/** What a client sends to its proxy for an address. As in a URL, the port is 80 unless it is named; the application's own services have theirs. */
function targetOf(service: string, { services }: World): { authority: string; port: number; path: string } {
  const text = service.replace(/^http:\/\//i, '')
  const url = /^[^/?#@]+/.test(text) && URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined
  if (!url) throw new Error(`${service} is not a service, HOST, HOST:PORT, http://HOST:PORT/PATH, tcp://HOST:PORT or tls://HOST:PORT`)
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
  const asker = askerOf(world.rules, sidecar)
  const { entry, request, choice, verdict, arrived } = await hop(asker, asked, Date.now())
  const decision = choice?.decision
  const forward = decision?.kind === 'forward' ? decision : undefined
  const endpoint = choice?.aim?.endpoint
  const refused = refusalStatus(entry)
  const result = choice ? resultOf(choice, endpoint?.pod) : `${refused} by the proxy`
  return {
    from: sidecar.caller.name,
    method: asked.method,
    authority: asked.authority,
    path: asked.path,
    steps: inWords([...entry.steps.filter(({ rule }) => rule !== 'default'), ...(decision?.steps ?? [])]),
    delayMs: decision?.delayMs ?? 0,
    result,
    cluster: forward?.cluster.name ?? null,
    workload: endpoint?.workload ?? null,
    pod: endpoint?.pod ?? null,
    status: refused ?? refusalStatus(verdict) ?? (choice ? ownStatus(choice) : null),
    timeoutMs: forward?.timeoutMs ?? 0,
    retries: forward?.retry.attempts ?? 0,
    mirrors: forward?.mirrors.map(({ cluster }) => cluster.name) ?? [],
    policy: inWords(verdict?.steps ?? []),
    chances: choice ? chancesOf(asker, request) : [{ result, share: 1 }],
    next: endpoint && arrived && depth < 4 ? await explainCalls(world, endpoint, arrived, user, depth) : [],
  }
}

/** The client in question is on this machine. */
const clientAddress = '127.0.0.1'

function askerOf(rules: RuleSet, { caller, balancer }: Sidecar): Asker {
  const asking = caller.kind === 'gateway' ? { ...caller, remoteIp: clientAddress } : caller
  return { rules, caller: asking, state: stillState(balancer), random: Math.random }
}

/** Headers that a client sends, as its proxy takes them in. */
function takenIn({ caller }: Sidecar, sent: HeaderMap): HeaderMap {
  const headers = readHeaders(flat(sent), sent['connection']?.[0])
  takeIn(headers, caller, clientAddress, 'http')
  return headers
}

/** Status of a refusal; a connection that the destination resets is answered with 503 by the caller's own proxy. */
function refusalStatus(verdict: Verdict | undefined): number | undefined {
  if (!verdict || verdict.allow) return undefined
  return 'reset' in verdict ? 503 : verdict.status
}

/** The requests that the application itself sends next. */
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
  const headers = takenIn(sidecar, { ...request.headers, ...signedIn })
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

/** The neighbours that a workload calls for a path, as the services' code does. */
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

function chancesOf(asker: Asker, request: RuleRequest) {
  const counts = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    const choice = choose(asker, request)
    const { delayMs } = choice.decision
    const result = `${resultOf(choice, choice.aim?.endpoint?.workload)}${delayMs > 0 ? ` after ${delayMs} ms` : ''}`
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }
  return Array.from(counts, ([result, count]) => ({ result, share: count / draws })).toSorted((a, b) => b.share - a.share)
}

function resultOf({ decision }: Choice, to: string | undefined): string {
  if (decision.kind === 'respond') return `${decision.status} by the proxy`
  const { external, host } = decision.cluster
  return to ?? (external ? `${host}:${external.port}` : `503 ${noHealthyUpstream}`)
}

/** What the caller's proxy answers by itself; null when the request goes on. */
function ownStatus({ decision, aim }: Choice): number | null {
  if (decision.kind === 'respond') return decision.status
  return aim ? null : 503
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
