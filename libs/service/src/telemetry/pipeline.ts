/** From a finished span to the collector: queued, batched, counted. Whatever the collector does, no request waits for it. */
import { TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, type Registry } from 'prom-client'
import type { TelemetryConfig } from './telemetry-config.ts'

/** Milliseconds that a process which is about to end waits for the collector at most. */
const flushLimit = 5000

/** The way to one kind of collector. */
export interface Sender<Encoded> {
  /** What is queued instead of the span: the smaller, the less a queue costs. */
  encode: (span: ReadableSpan) => Encoded
  /** Resolves when the collector has taken all of `spans`, and rejects otherwise. */
  send: (spans: Encoded[], signal: AbortSignal) => Promise<void>
  close: () => Promise<void>
}

export interface Pipeline {
  processor: SpanProcessor
  /** From now on the counters are in `metrics`, and the collector's failures in `log`. */
  observe: (metrics: Registry, log: FastifyBaseLogger) => void
  /** Sends the queue, within `OTEL_BSP_EXPORT_TIMEOUT` or 5 s. Never throws. */
  stop: () => Promise<void>
}

type PipelineConfig = Pick<
  TelemetryConfig,
  'OTEL_BSP_SCHEDULE_DELAY' | 'OTEL_BSP_EXPORT_TIMEOUT' | 'OTEL_BSP_MAX_QUEUE_SIZE' | 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'
>

/**
 * OpenTelemetry's own batch processor queues whole spans, which at thousands a second costs more than all else of tracing,
 * and drops them in silence. The variables mean the same here.
 */
export function createPipeline<Encoded>(sender: Sender<Encoded>, config: PipelineConfig): Pipeline {
  const { OTEL_BSP_MAX_QUEUE_SIZE: queueSize, OTEL_BSP_SCHEDULE_DELAY: delayMs, OTEL_BSP_EXPORT_TIMEOUT: timeoutMs } = config
  const batchSize = Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, queueSize)
  // Named as OpenTelemetry's semantic conventions name an SDK's own metrics; an error_type means that the spans are lost.
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: ['error_type'] as const, registers: [] })
  const processed = counter('otel_sdk_processor_span_processed_total', 'Spans taken from the queue, or dropped because it was full')
  const exported = counter('otel_sdk_exporter_span_exported_total', 'Spans sent to the collector, or lost on the way')
  let log: FastifyBaseLogger | undefined
  let failing = false
  let queue: Encoded[] = []
  let timer: NodeJS.Timeout | undefined
  /** Batches go one after the other: a collector that is slow fills the queue, never the memory. */
  let sending: Promise<void> | undefined

  function schedule() {
    if (queue.length >= batchSize) void flush(batchSize)
    else if (queue.length > 0) timer ??= setTimeout(() => void flush(1), delayMs).unref()
  }

  /** Sends batches while there are `least` spans or more. */
  function flush(least: number): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendWhile(least).finally(() => {
      sending = undefined
      schedule()
    })
    return sending
  }

  async function sendWhile(least: number) {
    while (queue.length >= least) {
      const batch = queue.slice(0, batchSize)
      queue = queue.slice(batchSize)
      processed.inc(batch.length)
      const failure = await sender.send(batch, AbortSignal.timeout(timeoutMs)).then(
        () => undefined,
        (error: Error) => error,
      )
      if (failure) exported.inc({ error_type: errorType(failure) }, batch.length)
      else exported.inc(batch.length)
      tell(failure)
    }
  }

  /** One line when the collector begins to fail and one when it is back: a line a batch would be noise. */
  function tell(failure: Error | undefined) {
    if (failure && !failing) log?.warn({ err: failure }, 'the trace collector does not take spans: they are dropped')
    if (!failure && failing) log?.info('the trace collector takes spans again')
    failing = failure !== undefined
  }

  async function drain() {
    await sending
    await flush(1)
    await sender.close()
  }

  return {
    processor: {
      onStart() {},
      onEnd(span) {
        if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return
        if (queue.length >= queueSize) return processed.inc({ error_type: 'queue_full' })
        queue.push(sender.encode(span))
        schedule()
      },
      forceFlush: () => flush(1),
      shutdown: drain,
    },
    observe(metrics, logger) {
      metrics.registerMetric(processed)
      metrics.registerMetric(exported)
      log = logger
    },
    async stop() {
      const drained = drain().then(() => true)
      const inTime = await Promise.race([drained, sleep(Math.min(timeoutMs, flushLimit), false, { ref: false })])
      if (!inTime) log?.warn('the trace collector did not take the last spans in time')
    },
  }
}

/** A short word for the cause: `ECONNREFUSED`, `503`, `TimeoutError`. */
function errorType(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.name
}
