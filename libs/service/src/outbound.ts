/** Calls to other services: the caller's headers travel along, time is limited, and a caller who went away ends the call. */
import type { FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Pool } from 'undici'
import { CallError, exchange, type Answer } from './exchange.ts'
import { HeaderNames, insideHeaders, propagate, traceContextHeaders } from './propagation.ts'

export interface OutboundOptions {
  /** Keep connections open between calls. Off, each call opens a connection, and plain Kubernetes balancing spreads over versions. */
  keepAlive: boolean
  /** How services inside the application are called, by HTTP/1.1 as a rule. */
  inside?: Wire | undefined
  /** Names of headers to lose on purpose, lower case, `*` at the end for all that begin so: the tracing lesson's "break it". */
  drop?: readonly string[]
  /** Span mode: makes one CLIENT span per call and writes fresh trace headers, so that the incoming ones are not forwarded. */
  tracer?: CallTracer | undefined
}

/** A way to send a GET to an origin. @throws CallError */
export interface Wire {
  exchange(
    origin: string,
    path: string,
    headers: Record<string, string>,
    timeoutMs: number,
    caller: IncomingMessage | undefined,
  ): Promise<Answer>
  close(): Promise<void>
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

// The whole call has its own limit: undici's limits would cost two more timers per call.
const limits = { connections: 512, maxResponseSize: 1024 * 1024, headersTimeout: 0, bodyTimeout: 0 }

/** Loaded by the first call: half of the services call no other, and six of them start at once. */
const loadUndici = () => import('./undici-pool.ts')

/** One pool for each service that is called: there are as many as a configuration names. */
function pooledWire(options: ConstructorParameters<typeof Pool>[1]): Wire {
  const pools = new Map<string, Pool>()

  async function newPool(origin: string): Promise<Pool> {
    const undici = await loadUndici()
    const pool = pools.get(origin) ?? new undici.Pool(origin, { ...limits, ...options })
    pools.set(origin, pool)
    return pool
  }

  return {
    exchange(origin, ...rest) {
      const pool = pools.get(origin)
      return pool ? exchange(pool, ...rest) : newPool(origin).then((made) => exchange(made, ...rest))
    },
    close: async () => void (await Promise.all([...pools.values()].map((pool) => pool.destroy()))),
  }
}

/** By HTTP/2 without TLS, which its server has to know (prior knowledge). One connection for all calls to a service, or one per call. */
export function http2Wire(keepAlive: boolean): Wire {
  const options = { ...limits, allowH2: true, useH2c: true }
  if (keepAlive) return pooledWire({ ...options, keepAliveTimeout: 30_000 })
  return {
    async exchange(origin, ...rest) {
      const { Pool } = await loadUndici()
      const once = new Pool(origin, options)
      try {
        return await exchange(once, ...rest)
      } finally {
        void once.destroy()
      }
    },
    close: async () => {},
  }
}

export function createOutbound(options: OutboundOptions): Outbound {
  const http1 = pooledWire(options.keepAlive ? { keepAliveTimeout: 30_000 } : { pipelining: 0 })
  const inside = options.inside ?? http1
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
    const wire = call.external ? http1 : inside
    try {
      const answer = await wire.exchange(origin, url.slice(pathStart), headers, call.timeoutMs, call.detached ? undefined : request.raw)
      span?.answered(answer.status)
      return answer
    } catch (error) {
      span?.failed((error as CallError).reason)
      throw error
    }
  }

  return { get, close: async () => void (await Promise.all([http1.close(), inside.close()])) }
}
