/** `OTEL_TRACES_SAMPLER`, asked also where B3 headers left the decision open. */
import { TraceFlags, trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace'
import { b3State } from './b3.ts'
import type { TelemetryConfig } from './telemetry-config.ts'

type SamplerConfig = Pick<TelemetryConfig, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>

export function createSampler({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: SamplerConfig): Sampler {
  const root = rootSampler(name.replace('parentbased_', ''), ratio)
  return respectB3(name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root)
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(ratio)
  return name === 'always_on' ? new AlwaysOnSampler() : new AlwaysOffSampler()
}

/** Translates what B3 can say and a span context cannot into what `sampler` understands. */
function respectB3(sampler: Sampler): Sampler {
  return {
    shouldSample(context, traceId, ...rest) {
      const decision = b3State(context)?.decision
      const parent = trace.getSpanContext(context)
      if (decision === 'debug') return { decision: SamplingDecision.RECORD_AND_SAMPLED }
      // Not decided yet: as for the root of a trace.
      if (decision === 'defer' && parent?.isRemote) return sampler.shouldSample(trace.deleteSpan(context), traceId, ...rest)
      if (decision && !parent) {
        const traceFlags = decision === 'accept' ? TraceFlags.SAMPLED : TraceFlags.NONE
        const decided = trace.setSpanContext(context, { traceId, spanId: anySpanId, traceFlags, isRemote: true })
        return sampler.shouldSample(decided, traceId, ...rest)
      }
      return sampler.shouldSample(context, traceId, ...rest)
    },
    toString: () => sampler.toString(),
  }
}

/** A decision that came without ids represents an unknown parent. */
const anySpanId = '0000000000000001'
