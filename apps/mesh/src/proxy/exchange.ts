/** One request through a proxy, from its first line to the last byte of its answer. */
import { authorize } from '@bookinfo/rules/authorize'
import { authorizeAtGateway } from '@bookinfo/rules/authorize-at-gateway'
import { decide } from '@bookinfo/rules/decide'
import type { Caller, Cluster, Decision, Forward, Verdict } from '@bookinfo/rules/decision'
import { pickEndpoint } from '@bookinfo/rules/pick-endpoint'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import { selectedBy } from '@bookinfo/rules/selected-by'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { childOf, extractB3, injectB3, type Extracted, type Headers, type TraceContext } from '../tracing/b3.ts'
import { Attempt, type AttemptListener, type Failure } from './attempt.ts'
import { badRequest } from './bad-request.ts'
import type { Door } from './door.ts'
import { Downstream } from './downstream.ts'
import { Gate } from './gate.ts'
import { answerHeaders, change, copyOf, flat, isEmpty } from './headers.ts'
import { failureFlags, noAnswer, refusalHeaders, stickyCookie } from './local-replies.ts'
import { sendShadows } from './mirror.ts'
import type { Proxy } from './proxy.ts'
import { readRequest, type ProxyRequest } from './read-request.ts'
import { hasBody, RequestBody } from './request-body.ts'
import { backOff, retriesAnswer, retriesFailure } from './retry.ts'
import { edgeSpan, clientSpan, serverSpan } from './spans.ts'
import { tunnel } from './tunnel.ts'
import { withoutSidecar } from './without-sidecar.ts'
import { destinationOf, isLimited, originOf, shortName, tlsTo } from './upstream-address.ts'

export class Exchange implements AttemptListener {
  readonly #proxy: Proxy
  readonly #door: Door
  readonly #raw: IncomingMessage
  readonly #res: ServerResponse
  readonly #client: Downstream
  readonly #upgrade: string | undefined
  readonly #rules: RuleSet
  readonly #startedAt = Date.now()
  readonly #startedTick = performance.now()
  #request: ProxyRequest | undefined
  #decision: Decision | undefined
  #body: RequestBody | undefined
  /** The gateway's own SERVER span, and the CLIENT span of the hop. */
  #edge: TraceContext | undefined
  #trace: TraceContext | undefined
  /** What the client said of its trace. */
  #came: Extracted = {}
  #attempt: Attempt | undefined
  /** The one whose answer is sent on. */
  #answered: Attempt | undefined
  #tries = 0
  /** Pods that earlier tries failed on. */
  #tried: Set<string> | undefined
  #gate: Gate | undefined
  #inGate = false
  #retrying = false
  #onTurn: (() => void) | undefined
  #delay: NodeJS.Timeout | undefined
  #timeout: NodeJS.Timeout | undefined
  #perTry: NodeJS.Timeout | undefined
  #upstreamMs: number | undefined
  #flags: string[] = []
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
    this.#guard(() => this.#start())
  }

  #start() {
    const bad = badRequest(this.#raw, this.#door, this.#upgrade)
    if (bad !== undefined) return this.#refuse(bad)
    // Routes are chosen by path, and this is none.
    if (this.#raw.url === '*' && this.#raw.method === 'OPTIONS') return this.#reply(404, '', ['NR'])
    const request = readRequest(this.#raw, this.#door)
    if (!request) return this.#refuse(400)
    this.#request = request
    this.#startTrace(request)
    const { sidecar, plaintext } = this.#door
    if (plaintext) {
      const decision = withoutSidecar(plaintext, this.#proxy.endpoints, request)
      this.#decision = decision
      return this.#forward(decision, request)
    }
    if (sidecar.caller.kind !== 'gateway') return this.#decide(request, sidecar.caller)
    const gateway = { ...sidecar.caller, remoteIp: this.#remoteIp() }
    this.#whenJudged(authorizeAtGateway(this.#rules, request, gateway, this.#startedAt), (verdict) => {
      if (!verdict.allow) return 'reset' in verdict ? this.#client.reset() : this.#replyVerdict(verdict)
      if (!isEmpty(verdict.requestHeaders)) change(request.headers, verdict.requestHeaders)
      if (verdict.claims) request.claims = verdict.claims
      this.#decide(request, gateway)
    })
  }

  /** Whoever asks what cannot be read is not heard any further. */
  #refuse(status: number) {
    this.#reply(status, '', [status === 404 ? 'NR' : 'DPE'], [['connection', 'close']])
  }

  #startTrace(request: ProxyRequest) {
    const { tracing } = this.#proxy
    if (!tracing) return
    const came = extractB3(request.headers)
    this.#came = came
    if (this.#door.plaintext) return
    if (this.#door.sidecar.caller.kind === 'gateway') {
      this.#edge = childOf(came, tracing.sample)
      this.#trace = childOf(this.#edge, tracing.sample)
      if (this.#trace.sampled) markSampled(request.headers)
    } else this.#trace = childOf(came, tracing.sample)
    injectB3(request.headers, this.#trace)
  }

  #decide(request: ProxyRequest, caller: Caller) {
    const decision = decide(this.#rules, request, caller, this.#door.sidecar.balancer, this.#proxy.random)
    this.#decision = decision
    this.#flags.push(...decision.flags)
    const proceed = () => {
      if (decision.kind === 'forward') this.#forward(decision, request)
      else this.#reply(decision.status, decision.body, [], decision.headers)
    }
    if (decision.delayMs > 0) this.#delay = setTimeout(() => this.#guard(proceed), decision.delayMs)
    else proceed()
  }

  #forward(decision: Forward, request: ProxyRequest) {
    const { cluster, path, requestHeaders } = decision
    if (cluster.external && this.#leadsBack(cluster.external)) return this.#reply(503, '', ['NR'])
    if (decision.mirrors.length > 0 && !this.#upgrade) {
      if (hasBody(this.#raw)) this.#body = new RequestBody(this.#raw, () => this.#startTimeout())
      sendShadows(this.#proxy, this.#door.sidecar, decision, request, this.#trace, this.#body)
    }
    if (path !== request.path) request.headers['x-envoy-original-path'] = [request.path]
    if (!isEmpty(requestHeaders)) change(request.headers, requestHeaders)
    if (!this.#body && hasBody(this.#raw)) this.#body = new RequestBody(this.#raw, () => this.#startTimeout())
    if (!this.#body) this.#startTimeout()
    if (!isLimited(cluster.pool)) return this.#try(decision, request)

    const { gates } = this.#door.sidecar
    const gate = gates.get(cluster.name) ?? new Gate()
    gates.set(cluster.name, gate)
    this.#gate = gate
    this.#onTurn = () => {
      this.#inGate = true
      this.#guard(() => this.#try(decision, request))
    }
    if (!gate.enter(cluster.pool, this.#onTurn)) this.#overflow()
  }

  #try(decision: Forward, request: ProxyRequest) {
    const { cluster, balancer, retry } = decision
    const { sidecar } = this.#door
    const endpoint = cluster.external
      ? undefined
      : pickEndpoint(this.#ofNow(cluster), balancer, sidecar.balancer, this.#proxy.random, this.#tried)
    if (!cluster.external && !endpoint) return this.#reply(503, 'no healthy upstream', ['UH'])
    this.#tries++
    const { tracing } = this.#proxy
    const trace = tracing && (endpoint ? childOf(this.#trace ?? this.#came, tracing.sample) : this.#trace)
    const attempt = new Attempt(this, endpoint, trace)
    this.#attempt = attempt
    if (endpoint) sidecar.balancer.enter(endpoint.pod)
    if (retry.perTryTimeoutMs) this.#perTry = setTimeout(() => this.#guard(() => this.#onPerTryTimeout(attempt)), retry.perTryTimeoutMs)

    let { headers } = request
    headers['x-envoy-attempt-count'] = [String(this.#tries)]
    if (!endpoint) return this.#send(attempt, decision, headers)
    const caller: Caller = cluster.tls === 'DISABLE' ? withoutPrincipal(sidecar.caller) : sidecar.caller
    const { method, scheme, port } = request
    const arriving = { method, scheme, authority: decision.authority, port, path: decision.path, headers }
    this.#whenJudged(authorize(this.#rules, arriving, caller, destinationOf(endpoint, cluster), this.#startedAt), (verdict) => {
      if (!attempt.live) return
      if ('dryRun' in verdict) attempt.tags = verdict.dryRun
      if (!verdict.allow) {
        if (!('reset' in verdict)) return attempt.answer(verdict.status, refusalHeaders(verdict), verdict.body)
        return this.#door.plaintext ? this.#client.reset() : attempt.fail('reset')
      }
      if (!isEmpty(verdict.requestHeaders)) {
        // A further try may arrive elsewhere, where the request is judged as it was.
        if (retry.attempts > 0) headers = copyOf(headers)
        change(headers, verdict.requestHeaders)
      }
      if (trace) injectB3(headers, trace)
      this.#send(attempt, decision, headers)
    })
  }

  /** A request that has waited for its delay, its turn or another try goes to the pods of now: those of its rules may be gone. */
  #ofNow(cluster: Cluster): Cluster {
    const { rules, endpoints: all } = this.#proxy
    if (rules === this.#rules || !cluster.pods) return cluster
    const endpoints = selectedBy(cluster.pods, all)
    const there = new Set(endpoints.map(({ pod }) => pod))
    if (cluster.endpoints.length > 0 && cluster.endpoints.every(({ pod }) => there.has(pod))) return cluster
    const { levels: _, ...rest } = cluster
    return { ...rest, endpoints }
  }

  #send(attempt: Attempt, decision: Forward, headers: Headers) {
    const { cluster, path, authority } = decision
    const options = {
      method: this.#raw.method ?? 'GET',
      path,
      headers: flat(headers, ['host', authority]),
      body: this.#body?.read() ?? null,
      ...(this.#upgrade && { upgrade: this.#upgrade }),
    }
    // undici takes any async iterable; its types name streams alone.
    this.#proxy.upstreams.pool(originOf(cluster, attempt.endpoint), cluster.pool, tlsTo(cluster)).dispatch(options as never, attempt)
  }

  onAnswer(attempt: Attempt, status: number, incoming: IncomingHttpHeaders) {
    const decision = this.#forwarded
    const { cluster, retry, balancer } = decision
    clearTimeout(this.#perTry)
    attempt.status = status
    if (attempt.endpoint) this.#door.sidecar.outliers.record(cluster, attempt.endpoint.pod, status)
    if (retriesAnswer(retry, status, incoming) && this.#retry(attempt, decision)) return
    this.#answered = attempt
    this.#upstreamMs = Math.round(performance.now() - attempt.startedAt)
    const headers = answerHeaders(incoming)
    headers['x-envoy-upstream-service-time'] = [String(this.#upstreamMs)]
    if (balancer.kind === 'HASH' && balancer.setCookie) (headers['set-cookie'] ??= []).push(stickyCookie(balancer.setCookie, balancer.key))
    this.#client.begin(status, headers, decision.responseHeaders)
  }

  onData(attempt: Attempt, chunk: Buffer) {
    if (attempt === this.#answered) this.#client.write(attempt, chunk)
  }

  onEnd(attempt: Attempt, trailers: IncomingHttpHeaders) {
    this.#endAttempt(attempt)
    if (attempt !== this.#answered) return
    // The answer is whole: a client that takes its time to read it is in no danger any more.
    this.#stopTimers()
    this.#client.end(trailers)
  }

  onFailure(attempt: Attempt, failure: Failure) {
    clearTimeout(this.#perTry)
    if (attempt === this.#answered) {
      this.#flags.push('UC')
      this.#endAttempt(attempt)
      return this.#client.cut()
    }
    const decision = this.#forwarded
    if (failure === 'bad request') {
      this.#endAttempt(attempt)
      return this.#reply(400, '', ['DPE'])
    }
    const status = failure === 'protocol error' ? 502 : 503
    attempt.status = status
    if (attempt.endpoint) this.#door.sidecar.outliers.record(decision.cluster, attempt.endpoint.pod, status)
    // In the mesh it is the destination's own, living sidecar that finds no application and answers 503.
    const again = attempt.endpoint ? retriesAnswer(decision.retry, status, {}) : retriesFailure(decision.retry, failure)
    if (again && this.#retry(attempt, decision)) return
    this.#endAttempt(attempt)
    this.#reply(status, noAnswer[failure], [failureFlags[failure]])
  }

  onUpgrade(attempt: Attempt, status: number, incoming: IncomingHttpHeaders, upstream: Duplex) {
    this.#answered = attempt
    this.#client.status = status
    this.#stopTimers()
    const headers = this.#client.dress(answerHeaders(incoming), this.#forwarded.responseHeaders)
    tunnel(this.#res, headers, this.#upgrade ?? '', upstream, () => this.#endAttempt(attempt))
  }

  #onPerTryTimeout(attempt: Attempt) {
    if (attempt !== this.#attempt || !attempt.live) return
    const decision = this.#forwarded
    attempt.abandon()
    attempt.status = 504
    if (attempt.endpoint) this.#door.sidecar.outliers.record(decision.cluster, attempt.endpoint.pod, 504)
    if (retriesFailure(decision.retry, 'per-try timeout') && this.#retry(attempt, decision)) return
    this.#endAttempt(attempt)
    this.#reply(504, 'upstream request timeout', ['UT'])
  }

  /** Plans another try; false when there is none left. */
  #retry(attempt: Attempt, decision: Forward): boolean {
    const { retry, cluster } = decision
    if (this.#tries > retry.attempts || (this.#body && !this.#body.replayable)) {
      if (retry.attempts > 0) this.#flags.push('URX')
      return false
    }
    if (!this.#retrying && this.#gate && !(this.#retrying = this.#gate.beginRetry(cluster.pool))) return false
    attempt.abandon()
    this.#endAttempt(attempt)
    if (attempt.endpoint) (this.#tried ??= new Set()).add(attempt.endpoint.pod)
    const again = () => this.#guard(() => this.#try(decision, this.#request!))
    this.#delay = setTimeout(again, backOff(retry, this.#tries, this.#proxy.random))
    return true
  }

  #startTimeout() {
    const { timeoutMs } = this.#forwarded
    if (timeoutMs > 0 && !this.#over) this.#timeout = setTimeout(() => this.#guard(() => this.#onTimeout()), timeoutMs)
  }

  #onTimeout() {
    const attempt = this.#attempt
    this.#flags.push('UT')
    if (attempt?.live) {
      attempt.abandon()
      attempt.status ||= 504
      if (attempt.endpoint) this.#door.sidecar.outliers.record(this.#forwarded.cluster, attempt.endpoint.pod, 504)
      this.#endAttempt(attempt)
    }
    if (this.#client.begun) this.#client.cut()
    else this.#reply(504, 'upstream request timeout', [])
  }

  #overflow() {
    this.#onTurn = undefined
    this.#reply(503, noAnswer.overflow, ['UO'], [['x-envoy-overloaded', 'true']])
  }

  /** Once a route is chosen, what the rule does to answers is done to the proxy's own as well. */
  #reply(status: number, body: string, flags: readonly string[], extra?: readonly (readonly [string, string])[]) {
    if (this.#over || this.#client.begun) return
    this.#stopTimers()
    this.#flags.push(...flags)
    this.#client.reply(status, body, extra, this.#decision?.responseHeaders)
  }

  #stopTimers() {
    clearTimeout(this.#delay)
    clearTimeout(this.#timeout)
    clearTimeout(this.#perTry)
  }

  #replyVerdict({ status, body, headers, flags }: Extract<Verdict, { status: number }>) {
    this.#reply(status, body, flags, headers)
  }

  /** Ends a try's accounts: its place at the endpoint, and the destination's line in the log and span. */
  #endAttempt(attempt: Attempt) {
    const { endpoint, trace } = attempt
    if (!endpoint) return
    this.#door.sidecar.balancer.leave(endpoint.pod)
    if (!this.#request) return
    const { tracing, onArrival } = this.#proxy
    const { path, authority } = this.#forwarded
    onArrival?.({
      attempt,
      endpoint,
      request: this.#request,
      path,
      authority,
      protocol: `HTTP/${this.#raw.httpVersion}`,
      bytesReceived: this.#body?.bytes ?? 0,
    })
    if (trace?.sampled && tracing)
      tracing.reporter.report(serverSpan(attempt, endpoint, trace, this.#forwarded, this.#request, this.#startedAt - this.#startedTick))
  }

  /** The answer is complete, or the client is gone: everything ends here, once. */
  #onClose() {
    if (this.#over) return
    this.#over = true
    this.#stopTimers()
    const attempt = this.#attempt
    if (attempt?.live) {
      this.#flags.push('DC')
      attempt.abandon()
      this.#endAttempt(attempt)
    } else if (!this.#client.complete && this.#client.status === 0) this.#flags.push('DC')
    if (this.#gate) {
      if (this.#retrying) this.#gate.endRetry()
      if (this.#inGate) this.#gate.leave()
      else if (this.#onTurn) this.#gate.withdraw(this.#onTurn)
    }
    this.#guard(() => this.#record())
  }

  #record() {
    const durationMs = performance.now() - this.#startedTick
    const decision = this.#decision
    const endpoint = (this.#answered ?? this.#attempt)?.endpoint
    const forward = decision?.kind === 'forward' ? decision : undefined
    const record = {
      startedAt: this.#startedAt,
      durationMs,
      sidecar: this.#door.sidecar,
      request: this.#request,
      decision,
      service: forward ? shortName(forward.cluster.host) : this.#meant(),
      workload: endpoint?.workload,
      pod: endpoint?.pod,
      upstream: endpoint && `${endpoint.address}:${endpoint.port}`,
      status: this.#client.status,
      flags: this.#flags,
      bytesReceived: this.#body?.bytes ?? 0,
      bytesSent: this.#client.bytesSent,
      upstreamMs: this.#upstreamMs,
      traceId: this.#trace?.sampled ? this.#trace.traceId : undefined,
      protocol: `HTTP/${this.#raw.httpVersion}`,
    }
    const { tracing } = this.#proxy
    if (tracing && this.#trace?.sampled && this.#request) {
      tracing.reporter.report(clientSpan(record, this.#trace, endpoint))
      if (this.#edge) tracing.reporter.report(edgeSpan(record, this.#edge))
    }
    this.#proxy.onEnd(record)
  }

  /** Service of a request that the proxy answered by itself. */
  #meant(): string | undefined {
    return this.#door.authority?.split(':', 1)[0]
  }

  get #forwarded(): Forward {
    return this.#decision as Forward
  }

  #remoteIp() {
    return (this.#raw.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  }

  #leadsBack({ host, port }: { host: string; port: number }): boolean {
    return this.#proxy.ownPorts.has(port) && (/^(localhost|127\..*|\[?::1\]?|0\.0\.0\.0)$/i.test(host) || host === hostname())
  }

  #whenJudged(verdict: Verdict | Promise<Verdict>, then: (verdict: Verdict) => void) {
    if (!(verdict instanceof Promise)) return then(verdict)
    verdict.then(
      (judged) => this.#over || this.#guard(() => then(judged)),
      (error) => this.#defect(error),
    )
  }

  #guard(step: () => void) {
    try {
      step()
    } catch (error) {
      this.#defect(error)
    }
  }

  #defect(error: unknown) {
    this.#proxy.onDefect(error)
    if (this.#client.begun) this.#client.cut()
    else this.#reply(500, 'the local mesh failed', [])
  }
}

function withoutPrincipal(caller: Caller): Caller {
  const { principal: _, ...plaintext } = caller
  return plaintext
}

/** Envoy notes in the id that the trace is sampled. */
function markSampled(headers: Headers) {
  const id = headers['x-request-id']?.[0]
  if (id) headers['x-request-id'] = [`${id.slice(0, 14)}a${id.slice(15)}`]
}
