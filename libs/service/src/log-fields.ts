/** What lets a log line be found from a trace, taken from the headers as they came in. */
import type { IncomingHttpHeaders } from 'node:http'

/** `trace_id` and `span_id` of the caller's trace context: of x-b3-*, else the single b3 header, else traceparent. */
export function traceFields(headers: IncomingHttpHeaders): Record<string, string> {
  if (typeof headers['x-b3-traceid'] === 'string') return fields(headers['x-b3-traceid'], headers['x-b3-spanid'] as string | undefined)
  if (typeof headers['b3'] === 'string') return fields(...(headers['b3'].split('-') as [string, string?]))
  if (typeof headers['traceparent'] === 'string') return fields(...(headers['traceparent'].split('-').slice(1) as [string?, string?]))
  return {}
}

/** A bare `b3: 0` has no ids, so that nothing is written. */
const fields = (trace?: string, span?: string): Record<string, string> => (trace && span ? { trace_id: trace, span_id: span } : {})
