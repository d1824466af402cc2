/** `OTEL_PROPAGATORS`: which headers carry the trace. The b3 names mean this project's own propagator. */
import type { TextMapPropagator } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { B3Propagator } from './b3.ts'

const propagators: Record<string, () => TextMapPropagator> = {
  b3multi: () => new B3Propagator('multi'),
  b3: () => new B3Propagator('single'),
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
}

/** The propagators in `names`, separated by commas; `none` among them turns all off. */
export function createPropagator(names: string): TextMapPropagator {
  const chosen = new Set(names.split(',').map((name) => name.trim()))
  if (chosen.has('none')) return new CompositePropagator({ propagators: [] })
  const made = [...chosen].flatMap((name) => propagators[name]?.() ?? [])
  const [only, ...others] = made
  return only && others.length === 0 ? only : new CompositePropagator({ propagators: made })
}
