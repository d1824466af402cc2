/** B3 as Envoy's Zipkin tracer does it: reads the single `b3` header and x-b3-*, writes only x-b3-*. */
import { newSpanId, newTraceId } from './ids.ts'

/** Header fields by lower-case name, as a proxy changes them. */
export type Headers = Record<string, readonly string[]>

/** What a caller said of its trace. No `sampled` means that the decision is left to us. */
export interface Extracted {
  traceId?: string
  spanId?: string
  parentId?: string | undefined
  sampled?: boolean
  debug?: boolean
}

/** A place in a trace. */
export interface TraceContext {
  traceId: string
  spanId: string
  parentId: string | undefined
  sampled: boolean
  debug: boolean
}

const traceIdForm = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const spanIdForm = /^[0-9a-f]{16}$/
const allZero = /^0+$/

/** Malformed ids count as absent: a bad header starts a new trace and never fails a request. */
export function extractB3(headers: Readonly<Record<string, readonly string[]>>): Extracted {
  const single = headers['b3']?.[0]
  if (single !== undefined) {
    const parts = single.trim().toLowerCase().split('-')
    if (parts.length === 1) return decided({}, parts[0])
    return decided(ids(parts[0], parts[1], parts[3]), parts[2])
  }
  const traceId = headers['x-b3-traceid']?.[0]
  const sampled = headers['x-b3-sampled']?.[0]
  const flags = headers['x-b3-flags']?.[0]
  if (traceId === undefined && sampled === undefined && flags === undefined) return {}
  const place = ids(traceId?.toLowerCase(), headers['x-b3-spanid']?.[0]?.toLowerCase(), headers['x-b3-parentspanid']?.[0]?.toLowerCase())
  return decided(place, flags === '1' ? 'd' : sampled?.toLowerCase())
}

function ids(traceId = '', spanId = '', parentId = ''): Extracted {
  if (!traceIdForm.test(traceId) || !spanIdForm.test(spanId) || allZero.test(traceId) || allZero.test(spanId)) return {}
  return spanIdForm.test(parentId) ? { traceId, spanId, parentId } : { traceId, spanId }
}

/** `place` with what was said of sampling. */
function decided(place: Extracted, value: string | undefined): Extracted {
  if (value === 'd') place.debug = true
  if (value === 'd' || value === '1' || value === 'true') place.sampled = true
  else if (value === '0' || value === 'false') place.sampled = false
  return place
}

/** A span below what was extracted, or the root of a new trace. `sample` decides where the caller did not. */
export function childOf(parent: Extracted, sample: (traceId: string) => boolean): TraceContext {
  const traceId = parent.traceId ?? newTraceId()
  const { debug = false } = parent
  return { traceId, spanId: newSpanId(), parentId: parent.spanId, sampled: parent.sampled ?? sample(traceId), debug }
}

/** Writes `context` into `headers`. A single `b3` header would be stale from here on and is removed. */
export function injectB3(headers: Headers, { traceId, spanId, parentId, sampled, debug }: TraceContext) {
  headers['x-b3-traceid'] = [traceId]
  headers['x-b3-spanid'] = [spanId]
  if (parentId === undefined) delete headers['x-b3-parentspanid']
  else headers['x-b3-parentspanid'] = [parentId]
  headers['x-b3-sampled'] = [sampled ? '1' : '0']
  if (debug) headers['x-b3-flags'] = ['1']
  if (headers['b3']) delete headers['b3']
}
