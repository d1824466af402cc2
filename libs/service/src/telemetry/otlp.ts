/** OTLP over HTTP, for any collector that speaks it. Its exporters read the other `OTEL_EXPORTER_OTLP_*` variables themselves. */
import { ExportResultCode, type ExportResult } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { Sender } from './pipeline.ts'

/** Only the protocol that is used is loaded. */
export async function otlpSender(protocol: 'http/protobuf' | 'http/json'): Promise<Sender<ReadableSpan>> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  const exporter: SpanExporter = new OTLPTraceExporter()
  return {
    encode: (span) => span,
    send: (spans, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        exporter.export(spans, ({ code, error }: ExportResult) => {
          if (code === (ExportResultCode.SUCCESS as typeof code)) resolve()
          else reject(error ?? new Error('the collector refuses the spans'))
        })
      }),
    close: () => exporter.shutdown(),
  }
}
