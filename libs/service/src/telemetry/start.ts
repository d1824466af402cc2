/** Span mode's entry: everything of OpenTelemetry is loaded from here, and nothing of it in forward mode. */
import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { IncomingMessage } from 'node:http'
import { readConfig } from '@bookinfo/contracts/environment'
import type { CallTracer } from '../outbound.ts'
import { createClientSpans } from './client-spans.ts'
import { TelemetryConfig } from './telemetry-config.ts'
import { otlpSender } from './otlp.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { createPropagator } from './propagators.ts'
import { createResource, type Identity } from './resource.ts'
import { createSampler } from './sampler.ts'
import { createServerSpans } from './server-spans.ts'
import { zipkinSender } from './zipkin.ts'

export interface Telemetry {
  /** Begins the SERVER span of a request, and gives its ids for the log. */
  logFields: (request: IncomingMessage) => Record<string, string>
  /** Registered on the service: ends that span with the answer, and counts exported and dropped spans. */
  plugin: FastifyPluginAsync
  /** Given to the outbound client: one CLIENT span per call, and fresh trace headers. */
  calls: CallTracer
  /** Flushes the queue within its time limit. Never throws. */
  stop: () => Promise<void>
}

/** Span mode as the `OTEL_*` variables in `env` say. @throws ConfigError for the first one that does not fit. */
export async function startTelemetry(identity: Identity, env: Record<string, string | undefined>): Promise<Telemetry> {
  const config = readConfig(TelemetryConfig, env)
  const pipeline = await pipelineOf(config)
  const propagator = createPropagator(config.OTEL_PROPAGATORS)
  const countLimit = config.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT ?? config.OTEL_ATTRIBUTE_COUNT_LIMIT
  const lengthLimit = config.OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT ?? config.OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT
  const sdk = new NodeSDK({
    autoDetectResources: false,
    textMapPropagator: propagator,
    // Traces only: metrics are at /metrics, logs on stdout.
    metricReaders: [],
    logRecordProcessors: [],
    resource: createResource(identity, config),
    sampler: createSampler(config),
    spanLimits: { attributeCountLimit: countLimit ?? 128, attributeValueLengthLimit: lengthLimit ?? Infinity },
    spanProcessors: [pipeline.processor],
  })
  // The SDK registers itself for the whole process: the one before it, in a process with several services, keeps the tracer it gave.
  trace.disable()
  sdk.start()
  const tracer = trace.getTracer('@bookinfo/service')
  const requests = createServerSpans(tracer, propagator)
  const plugin = fp(async (app) => {
    pipeline.observe(app.metrics, app.log)
    for (const name of ['OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'] as const)
      if (config[name] !== 'none') app.log.warn(`${name} is set, but only traces are exported: metrics are at /metrics, logs on stdout`)
    app.addHook('onRequest', (request, reply, done) => {
      requests.route(request, reply)
      done()
    })
  })
  return {
    logFields: requests.begin,
    plugin,
    calls: createClientSpans(tracer, propagator, requests.contextOf),
    stop: () => pipeline.stop(),
  }
}

async function pipelineOf(config: TelemetryConfig): Promise<Pipeline> {
  if (config.OTEL_TRACES_EXPORTER === 'otlp') {
    return createPipeline(await otlpSender(config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL), config)
  }
  return createPipeline(zipkinSender(config.OTEL_EXPORTER_ZIPKIN_ENDPOINT, config.OTEL_EXPORTER_ZIPKIN_TIMEOUT), config)
}
