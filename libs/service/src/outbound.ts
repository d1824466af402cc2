/** Calls to other services: the caller's headers travel along, time is limited, and a caller who went away ends the call. */
import type { FastifyRequest } from 'fastify'
import { CallError, exchange, type Answer } from './exchange.ts'
import { HeaderNames, insideHeaders, propagate, traceContextHeaders } from './propagation.ts'
import { Pool } from './undici-pool.ts'

export interface OutboundOptions {
  /** Keep connections open between calls. Off, each call opens a connection, and plain Kubernetes balancing spreads over versions. */
  keepAlive: boolean
  /** Names of headers to lose on purpose, lower case, `*` at the end for all that begin so: the tracing lesson's "break it". */
  drop?: readonly string[]
  /** Span mode: makes one CLIENT span per call and writes fresh trace headers, so that the incoming ones are not forwarded. */
  tracer?: CallTracer | undefined
}

/** What span mode does around a call. */
export interface CallTracer {
  /** `headers` are those that go out; the tracer adds its own. `peer` is the name of the service that is called. */
  start(request: FastifyRequest, url: string, peer: string | undefined, headers: Record<string, string>): CallSpan
}

export interface CallSpan {
  answered(status: number): void
  failed(reason: CallError['reason']): void
}

export interface CallOptions {
  /** Milliseconds until the call fails with `timeout`, its body included. */
  timeoutMs: number
  /** Headers of only this call; `undefined` suppresses a propagated one. */
  headers?: Record<string, string | undefined>
  /** A host outside the application gets no credentials of the user, and no baggage. */
  external?: boolean
  /** Name of the service that is called, where it is not the host's. */
  peer?: string
  /** The call goes on after the caller has gone or has its answer; its result is not awaited. */
  detached?: boolean
}

export interface Outbound {
  /** GETs `url` on behalf of `request`. @throws CallError when no whole answer came in time. */
  get(request: FastifyRequest, url: string, options: CallOptions): Promise<Answer>
  close(): Promise<void>
}

const largestBody = 1024 * 1024

export function createOutbound(options: OutboundOptions): Outbound {
  const pooling = options.keepAlive ? { keepAliveTimeout: 30_000 } : { pipelining: 0 }
  // The whole call has its own limit: undici's limits would cost two more timers per call.
  const limits = { connections: 512, maxResponseSize: largestBody, headersTimeout: 0, bodyTimeout: 0 }
  // One for each service that is called: there are as many as a configuration names.
  const pools = new Map<string, Pool>()
  const drop = options.drop ?? []
  const stale = options.tracer && new HeaderNames(traceContextHeaders)
  const lost = drop.length > 0 ? new HeaderNames(drop) : undefined
  const lostOutside = new HeaderNames([...drop, ...insideHeaders])

  async function get(request: FastifyRequest, url: string, call: CallOptions): Promise<Answer> {
    const headers = propagate(request.headers, stale)
    for (const name in call.headers) {
      const value = call.headers[name]
      if (value === undefined) delete headers[name]
      else headers[name] = value
    }
    const span = options.tracer?.start(request, url, call.peer, headers)
    // Last, so that freshly written ones are lost too: the lesson is the same in both modes.
    const without = call.external ? lostOutside : lost
    if (without) for (const name in headers) if (without.has(name)) delete headers[name]
    const pathStart = url.indexOf('/', url.indexOf('://') + 3)
    const origin = url.slice(0, pathStart)
    let pool = pools.get(origin)
    if (!pool) pools.set(origin, (pool = new Pool(origin, { ...pooling, ...limits })))
    try {
      const answer = await exchange(pool, url.slice(pathStart), headers, call.timeoutMs, call.detached ? undefined : request.raw)
      span?.answered(answer.status)
      return answer
    } catch (error) {
      span?.failed((error as CallError).reason)
      throw error
    }
  }

  return { get, close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))) }
}
