/** A request's place in its trace, as the proxy that takes it in begins it. */
import { childOf, extractB3, injectB3, type Extracted, type Headers, type TraceContext } from '../tracing/b3.ts'
import type { Door } from './door.ts'
import type { Proxy } from './proxy.ts'
import type { ProxyRequest } from './read-request.ts'

export interface RequestTrace {
  /** The gateway's own SERVER span. */
  edge?: TraceContext
  /** The CLIENT span of the hop; none where the client has no sidecar. */
  client?: TraceContext
  /** What the destination's span is below. */
  parent: Extracted
}

/** Reads the client's trace headers, and writes those to send on into the request's headers. Undefined without tracing. */
export function beginTrace({ tracing }: Proxy, { plaintext, sidecar }: Door, { headers }: ProxyRequest): RequestTrace | undefined {
  if (!tracing) return undefined
  const sent = extractB3(headers)
  if (plaintext) return { parent: sent }
  const edge = sidecar.caller.kind === 'gateway' ? childOf(sent, tracing.sample) : undefined
  const client = childOf(edge ?? sent, tracing.sample)
  if (edge && client.sampled) markSampled(headers)
  injectB3(headers, client)
  return { ...(edge && { edge }), client, parent: client }
}

/** Envoy notes in the id that the trace is sampled. */
function markSampled(headers: Headers) {
  const id = headers['x-request-id']?.[0]
  if (id) headers['x-request-id'] = [`${id.slice(0, 14)}a${id.slice(15)}`]
}
