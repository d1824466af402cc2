/** The `OTEL_*` variables that span mode reads. OpenTelemetry's own names, values and defaults; a wrong one is refused, never guessed. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'

const Milliseconds = (fallback: number, description: string) =>
  Variable.Integer({ minimum: 1, maximum: 3_600_000, default: fallback, description, expected: 'milliseconds from 1 to 3600000' })
const Count = (fallback: number, description: string) =>
  Variable.Integer({ minimum: 1, maximum: 1_000_000, default: fallback, description, expected: 'a number from 1 to 1000000' })
const Limit = (description: string, defaultNote = 'none') =>
  Type.Optional(Variable.Integer({ minimum: 1, description, defaultNote, expected: 'a number from 1 on' }))

const propagator = '(b3|b3multi|tracecontext|baggage|none)'

export const TelemetryConfig = Type.Object({
  OTEL_TRACES_EXPORTER: Variable.OneOf(['zipkin', 'otlp'], {
    defaultNote: '`none`',
    description: '`zipkin` or `otlp`: span mode',
    expected: 'zipkin or otlp',
  }),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: Variable.Text({
    default: 'http://localhost:9411/api/v2/spans',
    pattern: '^https?://[^/ ]+(/[^ ]*)?$',
    format: 'url',
    description: 'where spans go, the whole URL',
    expected: 'an address such as http://zipkin:9411/api/v2/spans',
  }),
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: Milliseconds(10_000, 'how long one batch may take (ms)'),
  OTEL_EXPORTER_OTLP_PROTOCOL: Variable.OneOf(['http/protobuf', 'http/json'], {
    default: 'http/protobuf',
    description: '`http/protobuf` or `http/json`. The exporter reads the other `OTEL_EXPORTER_OTLP_*` itself',
    expected: 'http/protobuf or http/json',
  }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: Type.Optional(
    Variable.OneOf(['http/protobuf', 'http/json'], {
      defaultNote: '`OTEL_EXPORTER_OTLP_PROTOCOL`',
      description: 'counts where both are set',
      expected: 'http/protobuf or http/json',
    }),
  ),
  OTEL_PROPAGATORS: Variable.Text({
    default: 'b3multi',
    pattern: `^ *${propagator}( *, *${propagator})* *$`,
    description: 'some of `b3multi`, `b3`, `tracecontext`, `baggage`, separated by commas, or `none`',
    expected: 'some of b3multi, b3, tracecontext, baggage, separated by commas, or none',
  }),
  OTEL_TRACES_SAMPLER: Variable.OneOf(
    ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
    {
      default: 'parentbased_always_on',
      description: 'which new traces are kept: `always_on`, `always_off` or `traceidratio`, with or without `parentbased_` before it',
      expected: 'always_on, always_off or traceidratio, with or without parentbased_ before it',
    },
  ),
  OTEL_TRACES_SAMPLER_ARG: Variable.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'the share that `traceidratio` keeps',
    expected: 'a number from 0 to 1',
  }),
  OTEL_SERVICE_NAME: Type.Optional(
    Variable.Text({ defaultNote: "the service's name", description: 'name in spans', expected: 'the name of this service' }),
  ),
  OTEL_RESOURCE_ATTRIBUTES: Variable.Text({
    default: '',
    pattern: '^(|[^=,]+=([^=,%]|%[0-9A-Fa-f]{2})*(,[^=,]+=([^=,%]|%[0-9A-Fa-f]{2})*)*)$',
    description: 'what else each span says, `team=books,…`; version, pod and, on Kubernetes, namespace are there without it',
    expected: 'name=value pairs, separated by commas, other characters percent-encoded',
  }),
  OTEL_BSP_SCHEDULE_DELAY: Milliseconds(5000, 'how long a span waits for others before it is sent (ms)'),
  OTEL_BSP_EXPORT_TIMEOUT: Milliseconds(30_000, 'how long an export may take (ms)'),
  OTEL_BSP_MAX_QUEUE_SIZE: Count(2048, 'spans that wait; more are lost, and counted'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: Count(512, 'spans per batch'),
  OTEL_ATTRIBUTE_COUNT_LIMIT: Limit('attributes per span', '128'),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: Limit('the same, and counts where both are set'),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: Limit('characters per attribute'),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: Limit('the same, and counts where both are set'),
  OTEL_METRICS_EXPORTER: Variable.Text({
    default: 'none',
    description: 'another value logs a warning and changes nothing: metrics are at `/metrics`',
    expected: 'none: metrics are at /metrics',
  }),
  OTEL_LOGS_EXPORTER: Variable.Text({
    default: 'none',
    description: 'another value logs a warning and changes nothing: logs are on stdout',
    expected: 'none: logs are on stdout',
  }),
})
export type TelemetryConfig = Static<typeof TelemetryConfig>
