/** One request through a proxy, from its first line to the last byte of its answer. */
import { decide } from '@bookinfo/rules/decide'
import type { Caller, Decision, Forward, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import { admitted, enter, type Asker } from '@bookinfo/rules/hop'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import { grpcCodeOf, isGrpc } from '@bookinfo/rules/grpc'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Attempt } from './attempt.ts'
import type { ClientSide } from './client-side.ts'
import type { Door } from './door.ts'
import { Downstream } from './downstream.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { answerHeaders } from './headers.ts'
import { stickyCookie } from './local-replies.ts'
import { sendShadows } from './mirror.ts'
import type { Outgoing } from './outgoing.ts'
import type { Proxy } from './proxy.ts'
import { readRequest, type ProxyRequest } from './read-request.ts'
import { RequestBody } from './request-body.ts'
import { beginTrace, type RequestTrace } from './request-trace.ts'
import { clientSpan, edgeSpan } from './spans.ts'
import { Tries, type TriesListener } from './tries.ts'
import { leadsBack, shortName } from './upstream-address.ts'
import { withoutSidecar } from './without-sidecar.ts'

export class Exchange implements TriesListener {
  readonly #proxy: Proxy
  readonly #door: Door
  readonly #client: ClientSide
  readonly #answer: Downstream
  readonly #rules: RuleSet
  readonly #startedAt = Date.now()
  readonly #startedTick = performance.now()
  readonly #flags: string[] = []
  #request: RuleRequest | undefined
  #trace: RequestTrace | undefined
  #decision: Decision | undefined
  #delay: NodeJS.Timeout | undefined
  #tries: Tries | undefined
  #upstreamMs: number | undefined
  /** What the proxy itself has answered. */
  #grpcStatus: number | undefined
  #over = false

  constructor(proxy: Proxy, door: Door, client: ClientSide) {
    this.#proxy = proxy
    this.#door = door
    this.#client = client
    this.#answer = new Downstream(client, door.plaintext || door.sidecar.caller.kind === 'gateway' ? 'istio-envoy' : 'envoy')
    this.#rules = proxy.rules
    client.onClose(() => this.#onClose())
  }

  run() {
    this.#serve().catch((error) => this.onDefect(error))
  }

  async #serve(): Promise<void> {
    const request = this.#read()
    if (!request) return
    const { sidecar, plaintext } = this.#door
    const caller: Caller = sidecar.caller.kind === 'gateway' ? { ...sidecar.caller, remoteIp: this.#remoteIp() } : sidecar.caller
    const asker: Asker = { rules: this.#rules, caller, state: sidecar.balancer, random: this.#proxy.random }
    if (plaintext) {
      const decision = withoutSidecar(plaintext, this.#proxy.endpoints, request)
      this.#decision = decision
      return this.#forward(asker, request, decision)
    }
    if (caller.kind !== 'gateway') return this.#decide(asker, request)
    const verdict = await enter(asker, request, this.#startedAt)
    if (this.#over) return
    if (!verdict.allow) return this.#refuse(verdict)
    return this.#decide(asker, admitted(request, verdict))
  }

  /** Undefined once it has been answered, since it cannot be read. */
  #read(): ProxyRequest | undefined {
    const bad = this.#client.problem(this.#door)
    if (bad !== undefined) return this.#refuseToRead(bad)
    // Routes are chosen by path, and this is none.
    if (this.#client.target === '*' && this.#client.method === 'OPTIONS') return this.#reply(404, '', ['NR'])
    const request = readRequest(this.#client, this.#door)
    if (!request) return this.#refuseToRead(400)
    this.#trace = beginTrace(this.#proxy, this.#door, request)
    this.#request = request
    return request
  }

  /** Nothing more is read from a client whose request cannot be read. */
  #refuseToRead(status: number): undefined {
    this.#reply(status, '', [status === 404 ? 'NR' : 'DPE'], [['connection', 'close']])
  }

  async #decide(asker: Asker, request: RuleRequest): Promise<void> {
    this.#request = request
    const decision = decide(asker.rules, request, asker.caller, asker.state, asker.random)
    this.#decision = decision
    this.#flags.push(...decision.flags)
    const { delayMs } = decision
    if (delayMs > 0) await new Promise<void>((resolve) => (this.#delay = setTimeout(resolve, delayMs)))
    if (decision.kind === 'forward') this.#forward(asker, request, decision)
    else this.#reply(decision.status, decision.body, [], decision.headers, decision.grpcStatus)
  }

  #forward(asker: Asker, request: RuleRequest, decision: Forward): void {
    const { cluster, mirrors } = decision
    if (cluster.external && leadsBack(this.#proxy.ownPorts, cluster.external)) return this.#reply(503, '', ['NR'])
    const { sidecar, plaintext } = this.#door
    const { body: raw, upgrade, protocol } = this.#client
    const body = raw && new RequestBody(raw, () => tries.startTimeout())
    const out: Outgoing = {
      proxy: this.#proxy,
      sidecar,
      asker,
      request,
      decision,
      body,
      trailers: () => this.#client.trailers,
      parent: this.#trace?.parent,
      upgrade,
      plaintext: plaintext !== undefined,
      protocol,
      startedAt: this.#startedAt,
      epoch: this.#startedAt - this.#startedTick,
      flags: this.#flags,
    }
    const tries = new Tries(out, this)
    this.#tries = tries
    if (mirrors.length > 0 && !upgrade) sendShadows(out)
    tries.begin()
  }

  onAnswer(attempt: Attempt, status: number, incoming: IncomingHttpHeaders) {
    this.#upstreamMs = Math.round(performance.now() - attempt.startedAt)
    const headers = answerHeaders(incoming)
    headers['x-envoy-upstream-service-time'] = [String(this.#upstreamMs)]
    const { balancer, responseHeaders } = this.#forwarded
    if (balancer.kind === 'HASH' && balancer.setCookie) {
      headers['set-cookie'] = [...(headers['set-cookie'] ?? []), stickyCookie(balancer.setCookie, balancer.key)]
    }
    this.#answer.begin(status, headers, responseHeaders, attempt.headersOnly)
  }

  onData(attempt: Attempt, chunk: Buffer) {
    this.#answer.write(attempt, chunk)
  }

  onEnd(trailers: IncomingHttpHeaders) {
    this.#answer.end(trailers)
  }

  onCut() {
    this.#client.cut()
  }

  onUpgrade(status: number, incoming: IncomingHttpHeaders, upstream: Duplex, onOver: () => void) {
    this.#answer.status = status
    const headers = this.#answer.dress(answerHeaders(incoming), this.#forwarded.responseHeaders)
    this.#client.tunnel(headers, upstream, onOver)
  }

  onNoAnswer(...[status, body, flags, headers]: Parameters<TriesListener['onNoAnswer']>) {
    this.#reply(status, body, flags, headers)
  }

  onReset() {
    this.#client.reset()
  }

  onDefect(error: unknown) {
    this.#proxy.onDefect(error)
    if (this.#client.begun) this.#client.cut()
    else this.#reply(500, 'the local mesh failed', [])
  }

  #refuse(verdict: Verdict & { allow: false }) {
    if ('reset' in verdict) this.#client.reset()
    else this.#reply(verdict.status, verdict.body, verdict.flags, verdict.headers)
  }

  /** Once a route is chosen, what the rule does to answers is done to the proxy's own as well. */
  #reply(status: number, body: string, flags: readonly string[], extra?: readonly (readonly [string, string])[], code?: number): undefined {
    if (this.#over || this.#client.begun) return
    this.#flags.push(...flags)
    const changes = this.#decision?.responseHeaders
    if (this.#request && isGrpc(this.#request.headers)) {
      this.#grpcStatus = code ?? grpcCodeOf(status)
      const fields = extra?.filter(([name]) => name !== 'content-type')
      this.#answer.replyGrpc(this.#grpcStatus, body, fields, changes)
    } else this.#answer.reply(status, body, extra, changes)
  }

  /** The answer is complete, or the client is gone: everything ends here, once. */
  #onClose() {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#delay)
    try {
      const unfinished = this.#tries?.close() ?? false
      if (unfinished || (!this.#client.complete && this.#answer.status === 0)) this.#flags.push('DC')
      this.#report()
    } catch (error) {
      this.#proxy.onDefect(error)
    }
  }

  #report() {
    const { reporter } = this.#proxy.tracing ?? {}
    const { client, edge } = this.#trace ?? {}
    const record = this.#record()
    if (reporter && client?.sampled) {
      reporter.report(clientSpan(record, client, this.#tries?.endpoint))
      if (edge) reporter.report(edgeSpan(record, edge))
    }
    this.#proxy.onEnd(record)
  }

  #record(): ExchangeRecord {
    const decision = this.#decision
    const tries = this.#tries
    const endpoint = tries?.endpoint
    const client = this.#trace?.client
    return {
      startedAt: this.#startedAt,
      durationMs: performance.now() - this.#startedTick,
      sidecar: this.#door.sidecar,
      request: this.#request && { ...this.#request, headers: tries?.headers ?? this.#request.headers },
      decision,
      // Of a request that the proxy answers by itself, the service that was meant.
      service: decision?.kind === 'forward' ? shortName(decision.cluster.host) : this.#door.authority?.split(':', 1)[0],
      workload: endpoint?.workload,
      pod: endpoint?.pod,
      upstream: endpoint && `${endpoint.address}:${endpoint.port}`,
      status: this.#answer.status,
      grpcStatus: this.#grpcStatus ?? tries?.grpcStatus,
      flags: this.#flags,
      bytesReceived: tries?.bytesReceived ?? 0,
      bytesSent: this.#answer.bytesSent,
      upstreamMs: this.#upstreamMs,
      traceId: client?.sampled ? client.traceId : undefined,
      protocol: this.#client.protocol,
    }
  }

  get #forwarded(): Forward {
    return this.#decision as Forward
  }

  #remoteIp() {
    return (this.#client.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  }
}
