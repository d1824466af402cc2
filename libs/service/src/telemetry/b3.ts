/**
 * B3 propagation, single and multi form, that keeps what the stock propagator loses: a missing decision stays open,
 * debug stays debug, a bare decision counts, and a 64-bit trace id leaves as wide as it came.
 * Source: https://github.com/openzipkin/b3-propagation
 */
import {
  TraceFlags,
  createContextKey,
  isSpanContextValid,
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** What B3 headers said that a span context has no place for. */
export interface B3State {
  /** 32 digits; none where a decision came without ids. */
  traceId?: string
  /** The id came with 16 digits. */
  narrow: boolean
  decision: Decision
}

/** `defer` leaves the decision to the receiver. */
type Decision = 'accept' | 'deny' | 'debug' | 'defer'

const stateKey = createContextKey('b3')

/** The B3 state of `context`, unless its trace came from elsewhere. */
export function b3State(context: Context): B3State | undefined {
  const state = context.getValue(stateKey) as B3State | undefined
  const traceId = trace.getSpanContext(context)?.traceId
  return state?.traceId === undefined || state.traceId === traceId ? state : undefined
}

/** Reads both forms, the single one first; writes the configured one. */
export class B3Propagator implements TextMapPropagator {
  readonly form: 'single' | 'multi'

  constructor(form: 'single' | 'multi') {
    this.form = form
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = (name: string) => {
      const value = getter.get(carrier, name)
      return typeof value === 'string' ? value.trim().toLowerCase() : undefined
    }
    const single = header('b3')
    const found = (single === undefined ? undefined : readSingle(single)) ?? readMulti(header)
    if (!found) return context
    const { ids, decision } = found
    if (!ids) return context.setValue(stateKey, { narrow: false, decision } satisfies B3State)
    const traceId = ids.traceId.padStart(32, '0')
    const traceFlags = decision === 'accept' || decision === 'debug' ? TraceFlags.SAMPLED : TraceFlags.NONE
    const narrow = ids.traceId.length === 16
    const parent = { traceId, spanId: ids.spanId, traceFlags, isRemote: true }
    // Most headers say nothing beyond a span context, and each value in a context costs.
    if (!narrow && (decision === 'accept' || decision === 'deny')) return trace.setSpanContext(context, parent)
    return trace.setSpanContext(context.setValue(stateKey, { traceId, narrow, decision } satisfies B3State), parent)
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpan(context)
    const spanContext = span?.spanContext()
    if (!spanContext || !isSpanContextValid(spanContext)) return
    const state = b3State(context)
    const traceId = state?.narrow ? spanContext.traceId.slice(16) : spanContext.traceId
    const parentId = (span as Partial<ReadableSpan>).parentSpanContext?.spanId
    const sampled = spanContext.traceFlags & TraceFlags.SAMPLED ? '1' : '0'
    const debug = state?.decision === 'debug'
    // Only a span made here has a decision; a context that is passed on unchanged stays undecided.
    const open = state?.decision === 'defer' && spanContext.isRemote
    if (this.form === 'single') {
      const decision = open ? [] : [debug ? 'd' : sampled, ...(parentId ? [parentId] : [])]
      setter.set(carrier, 'b3', [traceId, spanContext.spanId, ...decision].join('-'))
      return
    }
    setter.set(carrier, 'x-b3-traceid', traceId)
    setter.set(carrier, 'x-b3-spanid', spanContext.spanId)
    if (parentId) setter.set(carrier, 'x-b3-parentspanid', parentId)
    // Envoy reads only x-b3-sampled, so debug sets both.
    if (!open) setter.set(carrier, 'x-b3-sampled', sampled)
    if (debug) setter.set(carrier, 'x-b3-flags', '1')
  }

  fields(): string[] {
    return this.form === 'single' ? ['b3'] : ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags']
  }
}

interface Found {
  ids?: { traceId: string; spanId: string }
  decision: Decision
}

/** `decision`, or `trace-span[-decision[-parent]]`. */
function readSingle(header: string): Found | undefined {
  const [first = '', spanId, decision, ...rest] = header.split('-')
  if (spanId === undefined) return join(undefined, decisions.get(first))
  return rest.length > 1 ? undefined : join(readIds(first, spanId), decisions.get(decision))
}

function readMulti(header: (name: string) => string | undefined): Found | undefined {
  const ids = readIds(header('x-b3-traceid'), header('x-b3-spanid'))
  return join(ids, header('x-b3-flags') === '1' ? 'debug' : decisions.get(header('x-b3-sampled')))
}

/** Ids that are malformed count as absent: they start a new trace, and a decision that came with them still counts. */
function join(ids: Found['ids'], decision: Decision | undefined): Found | undefined {
  if (ids) return { ids, decision: decision ?? 'defer' }
  return decision && { decision }
}

const decisions = new Map<string | undefined, Decision>([
  ['1', 'accept'],
  ['0', 'deny'],
  ['d', 'debug'],
  // As old tracers write them.
  ['true', 'accept'],
  ['false', 'deny'],
])

function readIds(traceId = '', spanId = ''): Found['ids'] {
  return traceIdForm.test(traceId) && spanIdForm.test(spanId) ? { traceId, spanId } : undefined
}

/** 16 or 32 digits, not all of them 0. */
const traceIdForm = /^(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const spanIdForm = /^(?!0+$)[0-9a-f]{16}$/
