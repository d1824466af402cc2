/** One check on one mesh: its rules applied, its requests sent, its findings noted, its rules removed. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { answerOf, type Answer, type Wire } from './answer.ts'
import { readRules, type Case } from './catalog.ts'
import type { Call, Context, GrpcCall, Request } from './check.ts'
import type { Finding } from './checkers.ts'
import { enterByTls } from './enter-by-tls.ts'
import { eventually, limits } from './eventually.ts'
import type { Span } from './spans.ts'
import type { Plan } from './statistics/plan.ts'
import type { Applied } from './applied.ts'
import { Unsupported, type Pod, type Target } from './targets/target.ts'

interface Observation extends Finding {
  what: string
}

export interface Result {
  name: string
  title: string
  profile: Case['profile']
  features: readonly string[]
  outcome: 'passed' | 'failed' | 'unsupported'
  /** Why it is unsupported, or what went wrong outside of the findings. */
  reason?: string
  observations: Observation[]
  plan?: Plan
  /** ms */
  duration: number
}

export interface Around {
  target: Target
  applied: Applied
  /** Aborted when the user gives up. */
  signal: AbortSignal
}

/** Never throws. */
export async function runCheck(each: Case, plan: Plan | undefined, around: Around): Promise<Result> {
  const { name, profile, definition, file } = each
  const began = performance.now()
  const observations: Observation[] = []
  const rules = new OwnRules(around)
  const agent = new Agent({ connections: 64 })
  const result = (outcome: Result['outcome'], reason?: string): Result => ({
    name,
    title: definition.title,
    profile,
    features: definition.features,
    outcome,
    ...(reason !== undefined && { reason }),
    observations,
    ...(plan && { plan }),
    duration: Math.round(performance.now() - began),
  })
  try {
    if (file !== undefined) await rules.use(readRules(file))
    else await around.applied.settled()
    const context = contextOf(each, plan, around, observations, agent, (other) => rules.use(readRules(other)))
    await limited(definition.run(context), around.signal)
    if (observations.length === 0) return result('failed', 'nothing was observed')
    return result(observations.every(({ pass }) => pass) ? 'passed' : 'failed')
  } catch (error) {
    if (error instanceof Unsupported) return result('unsupported', error.message)
    return result('failed', (error as Error).message)
  } finally {
    // What cannot be removed now is tried again when the run ends, and reported then.
    await rules.end().catch(() => undefined)
    await agent.destroy()
  }
}

/** The rules of one check: files that follow each other replace what they name, and all go at the end. */
class OwnRules {
  readonly #around: Around
  readonly #used: string[] = []
  #applying: Promise<void> = Promise.resolve()
  #over = false

  constructor(around: Around) {
    this.#around = around
  }

  async use(rules: string) {
    // A check that was stopped may still be at work.
    if (this.#over) throw new Error('the check is over')
    this.#used.push(rules)
    this.#applying = this.#around.applied.apply(rules)
    await this.#applying
    await this.#around.applied.settled()
  }

  async end() {
    this.#over = true
    await this.#applying.catch(() => undefined)
    for (const rules of this.#used.splice(0)) await this.#around.applied.remove(rules)
  }
}

function contextOf(
  { profile, definition }: Case,
  plan: Plan | undefined,
  { target }: Around,
  observations: Observation[],
  agent: Agent,
  apply: (file: string) => Promise<void>,
): Context {
  const podsOf = async (workload: string): Promise<Pod[]> => {
    const all = (await target.pods()).filter(({ app, version }) => workload === app || workload === `${app}-${version}`)
    if (all.length === 0) throw new Error(`no pod of ${workload} is ready`)
    return all
  }
  const reach = async ({ url, headers = {} }: Pod, path: string, json?: object) => {
    const { statusCode, body } = await request(`${url}${path}`, {
      dispatcher: agent,
      method: json ? 'POST' : 'GET',
      headers: { ...headers, ...(json && { 'content-type': 'application/json' }) },
      body: json ? JSON.stringify(json) : null,
      headersTimeout: limits.check,
    })
    const text = await body.text()
    if (statusCode === 403 && path === '/probe/call')
      throw new Unsupported(`probes may not call it: list the host of this check in BOOKINFO_PROBE_HOSTS`)
    if (statusCode !== 200) throw new Error(`the probe ${path} answers ${statusCode}: ${text.slice(0, 300)}`)
    return text
  }
  const send = ({ to = 'reviews', path = '/probe/echo', scheme, ...rest }: Omit<Call, 'timed'>) =>
    sendTo(scheme ? `${scheme}://${to}` : `http://${to.includes(':') ? to : `${to}:9080`}${path}`, rest)
  const sendByGrpc = ({ to = 'reviews', service = 'bookinfo.v1.Probe', method = 'Echo', message = {}, ...rest }: GrpcCall) =>
    sendTo(`grpc://${to}:9081/${service}/${method}`, { ...rest, body: JSON.stringify(message) })
  async function sendTo(
    url: string,
    { from = 'productpage-v1', ...rest }: Omit<Call, 'timed' | 'to' | 'path' | 'scheme'>,
  ): Promise<Answer[]> {
    const [pod] = await podsOf(from)
    const { count = 1, brief = false, headers = {} } = rest
    // Many requests are not traced: their spans would push those of other checks out of the collector.
    const sent = { ...(brief && { b3: '0' }), ...headers }
    const order = { url, ...rest, headers: sent }
    const answers: Answer[] = []
    // In parts, so that no single answer of a probe takes minutes.
    while (answers.length < count) {
      const part = Math.min(count - answers.length, limits.order)
      const { results } = JSON.parse(await reach(pod!, '/probe/call', { ...order, count: part })) as { results: Wire[] }
      if (results.some(({ error }) => error === 'ENOTFOUND' || error === 'EAI_AGAIN'))
        throw new Unsupported(`${new URL(url).hostname} cannot be resolved where the workloads run: give them an address for it`)
      answers.push(...results.map(answerOf))
    }
    return answers
  }
  return {
    profile,
    namespace: target.namespace,
    get plan() {
      if (!plan) throw new Error('this check does not say what it samples')
      return plan
    },
    async call(call: Call = {}) {
      const { timed, ...rest } = call
      if (timed === undefined) return send(rest)
      const [answers, reference] = await Promise.all([send(rest), send({ to: 'productpage', path: `/probe/echo?delay=${timed}` })])
      const late = Math.max(0, ...reference.map(({ ms }) => ms - timed))
      return answers.map((answer) => ({ ...answer, late }))
    },
    grpc: (call = {}) => sendByGrpc(call),
    enter: async (connection) => enterByTls(() => target.gatewayTls!(), connection),
    knock: (asked = {}) => knock(target.gateway, asked, agent),
    expect(what, answers, ...checkers) {
      for (const checker of checkers) for (const finding of [checker(answers, plan)].flat()) observations.push({ what, ...finding })
    },
    note: (what, finding) => void observations.push({ what, ...finding }),
    id: () => `${definition.features[0] ?? 'check'}-${newHex(16)}`,
    hex: newHex,
    async ledger(id, service = 'reviews') {
      const counts: Record<string, number> = {}
      for (const pod of await podsOf(service)) {
        const { count } = JSON.parse(await reach(pod, `/probe/ledger?id=${id}`)) as { count: number }
        if (count > 0) counts[pod.version] = (counts[pod.version] ?? 0) + count
      }
      return counts
    },
    trace: (traceId, complete) =>
      eventually(`the trace ${traceId}`, async () => {
        const inTime = { headersTimeout: limits.evidence, bodyTimeout: limits.evidence }
        const { statusCode, body } = await request(`${target.zipkin}/api/v2/trace/${traceId}`, { dispatcher: agent, ...inTime })
        const spans = statusCode === 200 ? ((await body.json()) as Span[]) : (await body.dump(), [])
        return complete(spans) ? spans : undefined
      }),
    async direct(workload, path) {
      const [pod] = await podsOf(workload)
      return reach(pod!, path)
    },
    async accessLog(workload, text) {
      const [pod] = await podsOf(workload)
      return eventually(`a line with ${text} in the access log of ${workload}`, async () => {
        const lines = (await target.accessLog?.(pod!, text)) ?? []
        return lines.length > 0 ? lines : undefined
      })
    },
    apply,
  }
}

/** Requests from outside, one connection for each concurrent client. Redirects are not followed. */
async function knock(gateway: string, asked: Request & { host?: string }, agent: Agent): Promise<Answer[]> {
  const {
    path = '/probe/echo',
    method = 'GET',
    headers = {},
    body,
    count = 1,
    concurrency = 1,
    pauseMs = 0,
    timeoutMs = limits.request,
  } = asked
  const { host = 'conformance.example' } = asked
  const answers: Answer[] = []
  const first = performance.now()
  let next = 0
  async function client() {
    while (next < count) {
      const number = next++
      const numbered = (text: string) => text.replaceAll('{i}', String(number))
      const sent = Object.fromEntries(Object.entries({ host, ...headers }).map(([name, value]) => [name, numbered(value)]))
      const began = performance.now()
      try {
        const signal = AbortSignal.timeout(timeoutMs)
        const answer = await request(`${gateway}${numbered(path)}`, {
          dispatcher: agent,
          method: method as 'GET',
          headers: sent,
          body: body ?? null,
          signal,
        })
        const text = await answer.body.text()
        answers[number] = answerOf({
          status: answer.statusCode,
          ms: performance.now() - began,
          at: began - first,
          headers: answer.headers,
          body: text,
          bytes: text.length,
        })
      } catch (error) {
        answers[number] = answerOf({ status: 0, ms: performance.now() - began, at: began - first, error: (error as Error).message })
      }
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, client))
  return answers
}

/** Never the same twice, whatever the seed is: ledgers and traces remember earlier runs. The first digit is not 0. */
const newHex = (digits: number) => `1${randomBytes(digits).toString('hex')}`.slice(0, digits)

/** The check's own time, and the user's patience. */
async function limited(running: Promise<void>, signal: AbortSignal): Promise<void> {
  let end: (() => void) | undefined
  const over = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not over within ${limits.check} ms`)), limits.check)
    const stop = () => reject(new Error('stopped'))
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  })
  try {
    await Promise.race([running, over])
  } finally {
    end?.()
    running.catch(() => undefined)
  }
}
