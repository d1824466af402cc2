/** One request through a proxy, from its first line to the last byte of its answer. */
import { decide } from '@bookinfo/rules/decide'
import type { Caller, Decision, Forward, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import { admitted, enter, type Asker } from '@bookinfo/rules/hop'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Attempt } from './attempt.ts'
import { badRequest } from './bad-request.ts'
import type { Door } from './door.ts'
import { Downstream } from './downstream.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { answerHeaders } from './headers.ts'
import { stickyCookie } from './local-replies.ts'
import { sendShadows } from './mirror.ts'
import type { Outgoing } from './outgoing.ts'
import type { Proxy } from './proxy.ts'
import { readRequest, type ProxyRequest } from './read-request.ts'
import { hasBody, RequestBody } from './request-body.ts'
import { beginTrace, type RequestTrace } from './request-trace.ts'
import { clientSpan, edgeSpan } from './spans.ts'
import { Tries, type TriesListener } from './tries.ts'
import { tunnel } from './tunnel.ts'
import { shortName } from './upstream-address.ts'
import { withoutSidecar } from './without-sidecar.ts'

export class Exchange implements TriesListener {
  readonly #proxy: Proxy
  readonly #door: Door
  readonly #raw: IncomingMessage
  readonly #res: ServerResponse
  readonly #client: Downstream
  readonly #upgrade: string | undefined
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
  #over = false

  constructor(proxy: Proxy, door: Door, raw: IncomingMessage, res: ServerResponse, upgrade?: string) {
    this.#proxy = proxy
    this.#door = door
    this.#raw = raw
    this.#res = res
    this.#client = new Downstream(raw, res, door.plaintext || door.sidecar.caller.kind === 'gateway' ? 'istio-envoy' : 'envoy')
    this.#upgrade = upgrade
    this.#rules = proxy.rules
    res.on('close', () => this.#onClose())
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
    const bad = badRequest(this.#raw, this.#door, this.#upgrade)
    if (bad !== undefined) return this.#refuseToRead(bad)
    // Routes are chosen by path, and this is none.
    if (this.#raw.url === '*' && this.#raw.method === 'OPTIONS') return this.#reply(404, '', ['NR'])
    const request = readRequest(this.#raw, this.#door)
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
    else this.#reply(decision.status, decision.body, [], decision.headers)
  }

  #forward(asker: Asker, request: RuleRequest, decision: Forward): void {
    const { cluster, mirrors } = decision
    if (cluster.external && this.#leadsBack(cluster.external)) return this.#reply(503, '', ['NR'])
    const { sidecar, plaintext } = this.#door
    const body = hasBody(this.#raw) ? new RequestBody(this.#raw, () => tries.startTimeout()) : undefined
    const out: Outgoing = {
      proxy: this.#proxy,
      sidecar,
      asker,
      request,
      decision,
      body,
      parent: this.#trace?.parent,
      upgrade: this.#upgrade,
      plaintext: plaintext !== undefined,
      protocol: this.#protocol,
      startedAt: this.#startedAt,
      epoch: this.#startedAt - this.#startedTick,
      flags: this.#flags,
    }
    const tries = new Tries(out, this)
    this.#tries = tries
    if (mirrors.length > 0 && !this.#upgrade) sendShadows(out)
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
    this.#client.begin(status, headers, responseHeaders)
  }

  onData(attempt: Attempt, chunk: Buffer) {
    this.#client.write(attempt, chunk)
  }

  onEnd(trailers: IncomingHttpHeaders) {
    this.#client.end(trailers)
  }

  onCut() {
    this.#client.cut()
  }

  onUpgrade(status: number, incoming: IncomingHttpHeaders, upstream: Duplex, onOver: () => void) {
    this.#client.status = status
    const headers = this.#client.dress(answerHeaders(incoming), this.#forwarded.responseHeaders)
    tunnel(this.#res, headers, this.#upgrade ?? '', upstream, onOver)
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
  #reply(status: number, body: string, flags: readonly string[], extra?: readonly (readonly [string, string])[]): undefined {
    if (this.#over || this.#client.begun) return
    this.#flags.push(...flags)
    this.#client.reply(status, body, extra, this.#decision?.responseHeaders)
  }

  /** The answer is complete, or the client is gone: everything ends here, once. */
  #onClose() {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#delay)
    try {
      const unfinished = this.#tries?.close() ?? false
      if (unfinished || (!this.#client.complete && this.#client.status === 0)) this.#flags.push('DC')
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
      status: this.#client.status,
      flags: this.#flags,
      bytesReceived: tries?.bytesReceived ?? 0,
      bytesSent: this.#client.bytesSent,
      upstreamMs: this.#upstreamMs,
      traceId: client?.sampled ? client.traceId : undefined,
      protocol: this.#protocol,
    }
  }

  get #forwarded(): Forward {
    return this.#decision as Forward
  }

  get #protocol() {
    return `HTTP/${this.#raw.httpVersion}`
  }

  #remoteIp() {
    return (this.#raw.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  }

  #leadsBack({ host, port }: { host: string; port: number }): boolean {
    return this.#proxy.ownPorts.has(port) && (/^(localhost|127\..*|\[?::1\]?|0\.0\.0\.0)$/i.test(host) || host === hostname())
  }
}
