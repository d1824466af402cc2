import { ConfigError } from '../config.ts'

/** Which new traces are kept: the standard `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. A decision that came in always stands. */

export type Sampler = (traceId: string) => boolean

/** @throws ConfigError that names the variable when a value is not one of OpenTelemetry's. Without a name everything is sampled. */
export function createSampler(name = 'always_on', argument = '1'): Sampler {
  switch (name.replace(/^parentbased_/, '')) {
    case 'always_on':
      return () => true
    case 'always_off':
      return () => false
    case 'traceidratio':
      return ratio(Number(argument))
    default:
      throw new ConfigError(
        `OTEL_TRACES_SAMPLER is "${name}": expected always_on, always_off or traceidratio, with or without parentbased_ before it`,
      )
  }
}

/** Decides by the trace's id, so that all callers with the same ratio decide alike. */
function ratio(share: number): Sampler {
  if (!(share >= 0 && share <= 1)) throw new ConfigError('OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1')
  const limit = Math.floor(share * 0x1_0000_0000)
  return (traceId) => Number.parseInt(traceId.slice(-8), 16) < limit
}
