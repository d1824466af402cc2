/** From a finished span to the collector: queued, batched, counted. Whatever the collector does, no request waits for it. */
import { TraceFlags } from '@opentelemetry/api'
import { ExportResultCode, type ExportResult } from '@opentelemetry/core'
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'
import type { FastifyBaseLogger } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TelemetryConfig } from './config.ts'

/** Milliseconds that a process which is about to end waits for the collector at most. */
const flushLimit = 5000

export interface Pipeline {
  processor: SpanProcessor
  /** From now on the counters are in `metrics`, and the collector's failures in `log`. */
  observe(metrics: Registry, log: FastifyBaseLogger): void
  /** Sends what is queued, within `OTEL_BSP_EXPORT_TIMEOUT` or 5 s. Never throws. */
  stop(): Promise<void>
}

type PipelineConfig = Pick<
  TelemetryConfig,
  'OTEL_BSP_SCHEDULE_DELAY' | 'OTEL_BSP_EXPORT_TIMEOUT' | 'OTEL_BSP_MAX_QUEUE_SIZE' | 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'
>

export function createPipeline(exporter: SpanExporter, config: PipelineConfig): Pipeline {
  const { OTEL_BSP_MAX_QUEUE_SIZE: maxQueueSize, OTEL_BSP_EXPORT_TIMEOUT: exportTimeoutMillis } = config
  // Named as OpenTelemetry's semantic conventions name an SDK's own metrics; an error_type means that the spans are lost.
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: ['error_type'] as const, registers: [] })
  const processed = counter('otel_sdk_processor_span_processed_total', 'Spans taken from the queue, or dropped because it was full')
  const exported = counter('otel_sdk_exporter_span_exported_total', 'Spans sent to the collector, or lost on the way')
  let log: FastifyBaseLogger | undefined
  let failing = false
  let queued = 0
  let sending = 0

  const counting: SpanExporter = {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      queued -= spans.length
      sending += spans.length
      processed.inc(spans.length)
      exporter.export(spans, (result) => {
        sending -= spans.length
        if (result.code === ExportResultCode.SUCCESS) exported.inc(spans.length)
        else exported.inc({ error_type: errorType(result.error) }, spans.length)
        tell(result)
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }

  /** One line when the collector begins to fail and one when it is back: a line a batch would be noise. */
  function tell({ code, error }: ExportResult) {
    const failed = code !== ExportResultCode.SUCCESS
    if (failed && !failing) log?.warn({ err: error }, 'the trace collector does not take spans: they are dropped')
    if (!failed && failing) log?.info('the trace collector takes spans again')
    failing = failed
  }

  const batching = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize,
    exportTimeoutMillis,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    maxExportBatchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, maxQueueSize),
  })

  const processor: SpanProcessor = {
    onStart() {},
    onEnd(span) {
      if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return
      // Counted here because BatchSpanProcessor drops in silence.
      if (queued >= maxQueueSize) return processed.inc({ error_type: 'queue_full' })
      queued++
      batching.onEnd(span)
    },
    forceFlush: () => batching.forceFlush(),
    shutdown: () => batching.shutdown(),
  }

  return {
    processor,
    observe(metrics, logger) {
      metrics.registerMetric(processed)
      metrics.registerMetric(exported)
      log = logger
    },
    async stop() {
      // A failed export is told and counted above.
      const flushed = batching.shutdown().catch(() => undefined)
      await Promise.race([flushed, sleep(Math.min(exportTimeoutMillis, flushLimit), undefined, { ref: false })])
      if (queued + sending > 0) log?.warn({ spans: queued + sending }, 'the trace collector did not take the last spans in time')
    },
  }
}

/** A short word for the cause: `ECONNREFUSED`, `503`, `TimeoutError`. */
function errorType(error: (Error & { code?: unknown }) | undefined): string {
  const code = error?.code
  return typeof code === 'string' ? code : (error?.name ?? 'unknown')
}
