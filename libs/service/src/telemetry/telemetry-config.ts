/** The `OTEL_*` variables that span mode reads. OpenTelemetry's own names, values and defaults; a wrong one is refused, never guessed. */
import { Type, type Static } from '@bookinfo/contracts/schema'

const Milliseconds = (fallback: number) =>
  Type.Integer({ minimum: 1, maximum: 3_600_000, default: fallback, description: 'milliseconds from 1 to 3600000' })
const Count = (fallback: number) =>
  Type.Integer({ minimum: 1, maximum: 1_000_000, default: fallback, description: 'a number from 1 to 1000000' })
const Limit = Type.Optional(Type.Integer({ minimum: 1, description: 'a number from 1 on' }))
const otlpProtocols = { description: 'http/protobuf or http/json' }

export const zipkinEndpoint = {
  default: 'http://localhost:9411/api/v2/spans',
  pattern: '^https?://[^/ ]+(/[^ ]*)?$',
  description: 'an address such as http://zipkin:9411/api/v2/spans',
}

const propagator = '(b3|b3multi|tracecontext|baggage|none)'

export const TelemetryConfig = Type.Object({
  OTEL_TRACES_EXPORTER: Type.Enum(['zipkin', 'otlp'], { description: 'zipkin or otlp' }),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: Type.String(zipkinEndpoint),
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: Milliseconds(10_000),
  OTEL_EXPORTER_OTLP_PROTOCOL: Type.Enum(['http/protobuf', 'http/json'], { default: 'http/protobuf', ...otlpProtocols }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: Type.Optional(Type.Enum(['http/protobuf', 'http/json'], otlpProtocols)),
  OTEL_METRICS_EXPORTER: Type.String({ default: 'none', description: 'none: metrics are at /metrics' }),
  OTEL_LOGS_EXPORTER: Type.String({ default: 'none', description: 'none: logs are on stdout' }),
  OTEL_PROPAGATORS: Type.String({
    default: 'b3multi',
    pattern: `^ *${propagator}( *, *${propagator})* *$`,
    description: 'some of b3multi, b3, tracecontext, baggage, separated by commas, or none',
  }),
  OTEL_TRACES_SAMPLER: Type.Enum(
    ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
    { default: 'parentbased_always_on', description: 'always_on, always_off or traceidratio, with or without parentbased_ before it' },
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ minimum: 0, maximum: 1, default: 1, description: 'a number from 0 to 1' }),
  OTEL_SERVICE_NAME: Type.Optional(Type.String({ description: 'the name of this service' })),
  OTEL_RESOURCE_ATTRIBUTES: Type.String({
    default: '',
    pattern: '^(|[^=,]+=([^=,%]|%[0-9A-Fa-f]{2})*(,[^=,]+=([^=,%]|%[0-9A-Fa-f]{2})*)*)$',
    description: 'name=value pairs, separated by commas, other characters percent-encoded',
  }),
  OTEL_BSP_SCHEDULE_DELAY: Milliseconds(5000),
  OTEL_BSP_EXPORT_TIMEOUT: Milliseconds(30_000),
  OTEL_BSP_MAX_QUEUE_SIZE: Count(2048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: Count(512),
  OTEL_ATTRIBUTE_COUNT_LIMIT: Limit,
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: Limit,
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: Limit,
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: Limit,
})
export type TelemetryConfig = Static<typeof TelemetryConfig>
