/** Which headers of a request travel on to the next service. Source: upstream's list, and the single `b3` header that it forgets. */
import type { IncomingHttpHeaders } from 'node:http'

/** Headers that carry a trace context this project can write itself: in span mode only fresh ones go out. */
export const traceContextHeaders: readonly string[] = [
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'traceparent',
  'tracestate',
]

/** Who the user is: these stay inside the application and never go to a host outside it. */
export const credentialHeaders: readonly string[] = ['cookie', 'authorization', 'jwt', 'end-user']

export const propagatedHeaders: readonly string[] = [
  'x-request-id',
  ...traceContextHeaders,
  'x-ot-span-context',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-cloud-trace-context',
  'grpc-trace-bin',
  'sw8',
  'user-agent',
  ...credentialHeaders,
]

/**
 * The part of `incoming` that travels on: values verbatim, nothing parsed, nothing invented.
 * `without` names the headers that are kept back.
 */
export function propagate(incoming: IncomingHttpHeaders, without: ReadonlySet<string> = none): Record<string, string> {
  const outgoing: Record<string, string> = {}
  for (const name of propagatedHeaders) {
    const value = incoming[name]
    if (value !== undefined && !without.has(name)) outgoing[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return outgoing
}

const none: ReadonlySet<string> = new Set()
