/** Which new traces are kept: the standard `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. A decision that came in always stands. */
import type { MeshConfig } from '../config.ts'

export type Sampler = (traceId: string) => boolean

/** A sampler by OpenTelemetry's name for it; `share` is the part of traces that `traceidratio` keeps. */
export function createSampler(name: MeshConfig['OTEL_TRACES_SAMPLER'], share: number): Sampler {
  if (name.endsWith('traceidratio')) return ratio(share)
  const kept = name.endsWith('always_on')
  return () => kept
}

/** Decides by the trace's id, so that all callers with the same ratio decide alike. */
function ratio(share: number): Sampler {
  const limit = Math.floor(share * 0x1_0000_0000)
  return (traceId) => Number.parseInt(traceId.slice(-8), 16) < limit
}
