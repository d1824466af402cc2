/** Calls to other services: the caller's headers travel along, time is limited, and a caller who went away ends the call. */
import type { FastifyRequest } from 'fastify'
import { Agent, request as send } from 'undici'
import { credentialHeaders, propagate, traceContextHeaders } from './propagation.ts'

export interface OutboundOptions {
  /** Keep connections open between calls. Off, each call dials anew and plain Kubernetes balancing spreads over versions. */
  keepAlive: boolean
  /** Names of headers to lose on purpose, lower case: the tracing lesson's "break it". */
  drop?: readonly string[]
  /** Span mode: the tracer writes the trace context itself, so that the incoming one is kept back. */
  tracing?: boolean
}

export interface CallOptions {
  /** Milliseconds until the call fails with `timeout`, its body included. */
  timeoutMs: number
  /** Headers of this call alone; `undefined` keeps a propagated one back. */
  headers?: Record<string, string | undefined>
  /** A host outside the application gets no credentials of the user. */
  external?: boolean
}

export interface Answer {
  status: number
  /** Parsed JSON, or `undefined` where the body is none. */
  body: unknown
}

export class CallError extends Error {
  readonly reason: 'timeout' | 'unreachable' | 'caller gone'

  constructor(reason: CallError['reason'], cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

const largestBody = 1024 * 1024

export interface Outbound {
  /** GETs `url` on behalf of `request`. @throws CallError when no whole answer came in time. */
  get(request: FastifyRequest, url: string, options: CallOptions): Promise<Answer>
  close(): Promise<void>
}

export function createOutbound(options: OutboundOptions): Outbound {
  const agent = new Agent({
    ...(options.keepAlive ? { keepAliveTimeout: 30_000 } : { pipelining: 0 }),
    connections: 512,
    maxResponseSize: largestBody,
  })
  const kept = new Set([...(options.drop ?? []), ...(options.tracing ? traceContextHeaders : [])])
  const keptOutside = new Set([...kept, ...credentialHeaders])

  async function get(request: FastifyRequest, url: string, call: CallOptions): Promise<Answer> {
    const headers: Record<string, string> = propagate(request.headers, call.external ? keptOutside : kept)
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value === undefined) delete headers[name]
      else headers[name] = value
    }
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new CallError('timeout')), call.timeoutMs)
    const onGone = () => abort.abort(new CallError('caller gone'))
    const caller = request.signal
    if (caller.aborted) onGone()
    caller.addEventListener('abort', onGone, { once: true })
    try {
      const answer = await send(url, { dispatcher: agent, headers, signal: abort.signal })
      const text = await answer.body.text()
      return { status: answer.statusCode, body: parse(text) }
    } catch (error) {
      throw error instanceof CallError ? error : new CallError('unreachable', error)
    } finally {
      clearTimeout(timer)
      caller.removeEventListener('abort', onGone)
    }
  }

  return { get, close: () => agent.destroy() }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
