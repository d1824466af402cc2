/** The tries of one request at the pods of its cluster: its turn at the gate, its retries, and how long all of them may take. */
import type { ConnectionPool, Leg, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import { grpcCodeOf, isGrpc, statusOfGrpc } from '@bookinfo/rules/grpc'
import { admitted, aim, asSent, judge, type Aim } from '@bookinfo/rules/hop'
import { endpointsOf } from '@bookinfo/rules/selected-by'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { childOf, injectB3 } from '../tracing/b3.ts'
import { reportArrival } from './arrivals.ts'
import { Attempt, type AttemptListener, type Failure } from './attempt.ts'
import { dispatch, speaksHttp2 } from './dispatch.ts'
import { gateOf, Pass } from './gate.ts'
import { failureFlags, grpcReply, noAnswer, noHealthyUpstream, refusalHeaders } from './local-replies.ts'
import type { Outgoing } from './outgoing.ts'
import { backOff, retriesAnswer, retriesFailure } from './retry.ts'
import { isLimited, isSealed } from './upstream-address.ts'

/** The exchange that waits for the answer. One of `onEnd`, `onCut`, `onUpgrade`, `onNoAnswer` and `onReset` is the last call. */
export interface TriesListener {
  /** The answer that is passed on begins. */
  onAnswer(attempt: Attempt, status: number, headers: IncomingHttpHeaders): void
  onData(attempt: Attempt, chunk: Buffer): void
  onEnd(trailers: IncomingHttpHeaders): void
  /** The answer that has begun will not be whole. */
  onCut(): void
  /** `onOver` has to be called when the tunnel is closed. */
  onUpgrade(status: number, headers: IncomingHttpHeaders, upstream: Duplex, onOver: () => void): void
  /** No answer came: this is what the proxy says instead. */
  onNoAnswer(status: number, body: string, flags: readonly string[], headers?: readonly (readonly [string, string])[]): void
  /** The destination takes no plain text, and the client has no sidecar that could answer it. */
  onReset(): void
  onDefect(error: unknown): void
}

export class Tries implements AttemptListener {
  readonly #out: Outgoing
  readonly #listener: TriesListener
  readonly #pass: Pass | undefined
  /** The try that is under way, or was last. */
  #attempt: Attempt | undefined
  /** The request as that try sends it. */
  #sent: RuleRequest | undefined
  /** Whether its answer is being passed on. */
  #answering = false
  #count = 0
  /** Pods that earlier tries failed on. */
  #tried: Set<string> | undefined
  #timeout: NodeJS.Timeout | undefined
  /** Ends the try that is under way, or begins the next one. */
  #next: NodeJS.Timeout | undefined
  #over = false

  constructor(out: Outgoing, listener: TriesListener) {
    this.#out = out
    this.#listener = listener
    const { cluster } = out.decision
    if (isLimited(cluster.pool)) {
      const limits = speaksHttp2(cluster, out.protocol) ? ofStreams(cluster.pool) : cluster.pool
      this.#pass = new Pass(gateOf(out.sidecar.gates, cluster.name), limits, this.#start)
    }
  }

  /** The pod of the try that is under way, or was last. */
  get endpoint() {
    return this.#attempt?.endpoint
  }

  /** What a gRPC client was answered by a pod. */
  get grpcStatus() {
    return this.#answering && this.#grpc ? this.#attempt?.grpcStatus : undefined
  }

  /** The request's headers as they were sent last. */
  get headers() {
    return this.#sent?.headers
  }

  get bytesReceived() {
    return this.#out.body?.bytes ?? 0
  }

  /** Makes the first try, now or when it is the request's turn. */
  begin() {
    if (!this.#out.body) this.startTimeout()
    if (!this.#pass) this.#start()
    else if (!this.#pass.enter()) this.#giveUp(503, noAnswer.overflow, ['UO'], [['x-envoy-overloaded', 'true']])
  }

  /** The request has been read to its end: from now on its timeout counts. */
  startTimeout() {
    const { timeoutMs } = this.#out.decision
    if (timeoutMs > 0 && !this.#over) this.#timeout = this.#after(timeoutMs, () => this.#onTimeout())
  }

  /** Ends what is still under way, since the client has its answer or is gone. True when a try had no whole answer yet. */
  close(): boolean {
    this.#over = true
    this.#stopTimers()
    const attempt = this.#attempt
    const unfinished = attempt?.live ?? false
    if (attempt && unfinished) {
      attempt.abandon()
      this.#leave(attempt)
    }
    this.#pass?.leave()
    return unfinished
  }

  readonly #start = () => void this.#try().catch((error) => this.#listener.onDefect(error))

  async #try() {
    const { asker, request, decision, body, plaintext, startedAt } = this.#out
    const leg = this.#ofNow(decision)
    const target = aim(asker, leg, this.#tried)
    if (!target) return this.#giveUp(503, noHealthyUpstream, ['UH'])
    this.#count++
    const attempt = this.#attemptAt(target)
    const sent = asSent(request, leg, this.#count)
    this.#sent = sent
    const verdict = await judge(asker, sent, target, startedAt)
    if (!attempt.live) return
    if ('dryRun' in verdict) attempt.tags = verdict.dryRun
    if (!verdict.allow) {
      if (!('reset' in verdict)) return this.#refused(attempt, verdict)
      return plaintext ? this.#listener.onReset() : attempt.fail(target.sealed ? 'closed handshake' : 'reset')
    }
    const passedOn = admitted(sent, verdict)
    if (attempt.trace) injectB3(passedOn.headers, attempt.trace)
    await dispatch(this.#out, leg.cluster, attempt, passedOn, body?.read() ?? null)
  }

  /** The destination's proxy answers by itself. */
  #refused(attempt: Attempt, verdict: Extract<Verdict, { status: number }>) {
    if (!this.#grpc) return attempt.answer(verdict.status, refusalHeaders(verdict), verdict.body)
    const headers = Object.fromEntries(verdict.headers.filter(([name]) => name !== 'content-type'))
    attempt.answer(200, { ...headers, ...grpcReply(grpcCodeOf(verdict.status), verdict.body) }, '')
  }

  get #grpc(): boolean {
    return isGrpc(this.#out.request.headers)
  }

  #attemptAt({ endpoint, sealed }: Aim): Attempt {
    const { proxy, sidecar, decision, parent } = this.#out
    const trace = endpoint && parent && proxy.tracing && !sealed ? childOf(parent, proxy.tracing.sample) : undefined
    const attempt = new Attempt(this, endpoint, trace)
    this.#attempt = attempt
    if (endpoint) sidecar.balancer.enter(endpoint.pod)
    const { perTryTimeoutMs } = decision.retry
    if (perTryTimeoutMs) this.#next = this.#after(perTryTimeoutMs, () => this.#onPerTryTimeout(attempt))
    return attempt
  }

  /** A request that has waited for its delay, its turn or another try goes to the pods of now: those of its rules may be gone. */
  #ofNow(leg: Leg): Leg {
    const { proxy, asker } = this.#out
    const { pods, endpoints: known } = leg.cluster
    if (proxy.rules === asker.rules || !pods) return leg
    const endpoints = endpointsOf(pods, proxy.endpoints)
    const there = new Set(endpoints.map(({ pod }) => pod))
    if (known.length > 0 && known.every(({ pod }) => there.has(pod))) return leg
    const { levels: _, ...cluster } = leg.cluster
    return { ...leg, cluster: { ...cluster, endpoints } }
  }

  onAnswer(attempt: Attempt, status: number, headers: IncomingHttpHeaders) {
    clearTimeout(this.#next)
    attempt.status = status
    this.#rate(attempt, status)
    if (retriesAnswer(this.#out.decision.retry, status, headers) && this.#retry(attempt)) return
    this.#answering = true
    this.#listener.onAnswer(attempt, status, headers)
  }

  onData(attempt: Attempt, chunk: Buffer) {
    this.#listener.onData(attempt, chunk)
  }

  onEnd(attempt: Attempt, trailers: IncomingHttpHeaders) {
    // The answer is whole: a client that takes its time to read it is in no danger any more.
    this.#stopTimers()
    this.#leave(attempt)
    this.#listener.onEnd(trailers)
  }

  onFailure(attempt: Attempt, failure: Failure) {
    clearTimeout(this.#next)
    if (this.#answering) {
      this.#out.flags.push('UC')
      this.#leave(attempt)
      return this.#listener.onCut()
    }
    if (failure === 'bad request') {
      this.#leave(attempt)
      return this.#giveUp(400, '', ['DPE'])
    }
    const { decision } = this.#out
    const { retry } = decision
    const status = failure === 'protocol error' ? 502 : 503
    attempt.status = status
    this.#rate(attempt, status)
    // In the mesh it is the destination's own, living sidecar that finds no application and answers 503.
    const atPod = attempt.endpoint && !isSealed(decision.cluster, attempt.endpoint) && failure !== 'refused stream'
    const again = atPod ? this.#retriesOwn(status) : retriesFailure(retry, failure)
    if (again && this.#retry(attempt)) return
    this.#leave(attempt)
    this.#giveUp(status, noAnswer[failure], [failureFlags[failure]])
  }

  /** Whether an answer that a pod's proxy gives by itself leads to another try: a gRPC client's is 200, with a code. */
  #retriesOwn(status: number): boolean {
    const { retry } = this.#out.decision
    return this.#grpc ? retriesAnswer(retry, 200, grpcReply(grpcCodeOf(status), '')) : retriesAnswer(retry, status, {})
  }

  onUpgrade(attempt: Attempt, status: number, headers: IncomingHttpHeaders, upstream: Duplex) {
    this.#stopTimers()
    this.#listener.onUpgrade(status, headers, upstream, () => this.#leave(attempt))
  }

  #onPerTryTimeout(attempt: Attempt) {
    if (!attempt.live) return
    attempt.abandon()
    attempt.status = 504
    this.#rate(attempt, 504)
    if (retriesFailure(this.#out.decision.retry, 'per-try timeout') && this.#retry(attempt)) return
    this.#leave(attempt)
    this.#giveUp(504, 'upstream request timeout', ['UT'])
  }

  #onTimeout() {
    const attempt = this.#attempt
    if (attempt?.live) {
      attempt.abandon()
      attempt.status ||= 504
      this.#rate(attempt, 504)
      this.#leave(attempt)
    }
    if (!this.#answering) return this.#giveUp(504, 'upstream request timeout', ['UT'])
    this.#out.flags.push('UT')
    this.#listener.onCut()
  }

  /** Tells outlier detection how a try at a pod ended. */
  #rate({ endpoint, grpcStatus }: Attempt, status: number) {
    const { sidecar, decision } = this.#out
    const known = grpcStatus !== undefined && this.#grpc ? statusOfGrpc(grpcStatus) : status
    if (endpoint) sidecar.outliers.record(decision.cluster, endpoint.pod, known)
  }

  /** Plans another try; false when there is none left. */
  #retry(attempt: Attempt): boolean {
    const { body, asker, flags, decision } = this.#out
    const { retry } = decision
    if (this.#count > retry.attempts || (body && !body.replayable)) {
      if (retry.attempts > 0) flags.push('URX')
      return false
    }
    if (this.#pass && !this.#pass.retry()) return false
    attempt.abandon()
    this.#leave(attempt)
    if (attempt.endpoint) (this.#tried ??= new Set()).add(attempt.endpoint.pod)
    this.#next = this.#after(backOff(retry, this.#count, asker.random), this.#start)
    return true
  }

  /** Ends a try's accounts: its place at the endpoint, and the destination's line in the log and span. */
  #leave(attempt: Attempt) {
    const { endpoint } = attempt
    if (!endpoint) return
    const { proxy, sidecar, decision, request, epoch } = this.#out
    sidecar.balancer.leave(endpoint.pod)
    const arrival = { attempt, endpoint, request: this.#sent ?? request, protocol: attempt.protocol, bytesReceived: this.bytesReceived }
    reportArrival(proxy, arrival, decision.cluster, epoch)
  }

  #giveUp(...answer: Parameters<TriesListener['onNoAnswer']>) {
    this.#stopTimers()
    this.#listener.onNoAnswer(...answer)
  }

  #stopTimers() {
    clearTimeout(this.#timeout)
    clearTimeout(this.#next)
  }

  #after(ms: number, step: () => void) {
    return setTimeout(() => {
      try {
        step()
      } catch (error) {
        this.#listener.onDefect(error)
      }
    }, ms)
  }
}

/** Limits of connections that carry many requests each, as a gate counts them: by requests. */
const ofStreams = (pool: ConnectionPool): ConnectionPool => {
  const { maxConnections = Infinity, maxConcurrentStreams = Infinity } = pool
  return { ...pool, maxConnections: maxConnections * maxConcurrentStreams }
}
