/**
 * Which headers of a request travel on to the next service: upstream's list, the single `b3` header that it forgets,
 * and the rest of each format that has one there. docs/tracing.md shows this list.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** By format or origin, lower case. A name that ends in `*` means all headers with this prefix. */
export const propagatedHeaders = {
  Envoy: ['x-request-id'],
  B3: ['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  'W3C Trace Context': ['traceparent', 'tracestate'],
  'W3C Baggage': ['baggage'],
  Jaeger: ['uber-trace-id', 'uberctx-*'],
  Datadog: ['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-sampling-priority', 'x-datadog-origin', 'x-datadog-tags'],
  SkyWalking: ['sw8', 'sw8-x', 'sw8-correlation'],
  OpenTracing: ['x-ot-span-context', 'ot-tracer-traceid', 'ot-tracer-spanid', 'ot-tracer-sampled', 'ot-baggage-*'],
  'AWS X-Ray': ['x-amzn-trace-id'],
  'Google Cloud': ['x-cloud-trace-context', 'grpc-trace-bin'],
  'the client': ['user-agent'],
  'the user': ['cookie', 'authorization', 'jwt', 'end-user'],
} as const

/** Headers that carry a trace context this project can write itself: in span mode only fresh ones go out. */
export const traceContextHeaders: readonly string[] = [...propagatedHeaders.B3, ...propagatedHeaders['W3C Trace Context']]

/**
 * Who the user is, and what the application says to itself about a request: these never go to a host outside it.
 * Baggage may hold anything that a service put there, a user's name too.
 */
export const insideHeaders: readonly string[] = [
  ...propagatedHeaders['the user'],
  'baggage',
  'uberctx-*',
  'ot-baggage-*',
  'sw8-correlation',
  'x-datadog-tags',
]

/** Names of headers, lower case; one that ends in `*` means all with this prefix. */
export class HeaderNames {
  readonly #exact: ReadonlySet<string>
  readonly #prefixes: readonly string[]

  constructor(names: readonly string[]) {
    this.#exact = new Set(names.filter((name) => !name.endsWith('*')))
    this.#prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  }

  has(name: string): boolean {
    return this.#exact.has(name) || this.#prefixes.some((prefix) => name.startsWith(prefix))
  }
}

const propagated = new HeaderNames(Object.values(propagatedHeaders).flat())

/**
 * The part of `incoming` that travels on: values verbatim, nothing parsed, nothing invented.
 * `without` names the headers that are kept back.
 */
export function propagate(incoming: IncomingHttpHeaders, without?: HeaderNames): Record<string, string> {
  const outgoing: Record<string, string> = {}
  for (const name in incoming) {
    const value = incoming[name]
    if (value !== undefined && propagated.has(name) && !without?.has(name))
      outgoing[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return outgoing
}
