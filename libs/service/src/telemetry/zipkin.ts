/**
 * Zipkin's API v2. The stock exporter never names the remote endpoint, so that Zipkin's dependency graph misses calls
 * without an answer; it widens 64-bit trace ids and has no timeout.
 */
import { SpanStatusCode } from '@opentelemetry/api'
import { ExportResultCode, type ExportResult } from '@opentelemetry/core'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { Agent, request } from 'undici'
import type { Sender } from './pipeline.ts'
import { zipkinWriter } from './zipkin-json.ts'

/** Sends to `endpoint`, the whole URL of `POST /api/v2/spans`; `timeoutMs` is the limit of one batch. */
export function zipkinSender(endpoint: string, timeoutMs: number): Sender<string> {
  const agent = new Agent({ connections: 1 })
  const form = new ZipkinForm(endpoint)
  const write = zipkinWriter()
  return {
    encode: (span) => write(span) ?? JSON.stringify(form.of(span)),
    async send(spans, signal) {
      const { statusCode, body } = await request(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `[${spans.join(',')}]`,
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      await body.dump()
      if (statusCode >= 300) throw Object.assign(new Error(`the collector answers ${statusCode}`), { code: String(statusCode) })
    },
    close: () => agent.destroy(),
  }
}

/** A span in Zipkin's form; times are microseconds. */
export interface ZipkinSpan {
  traceId: string
  parentId?: string
  id: string
  kind?: string
  name: string
  timestamp: number
  duration: number
  localEndpoint: { serviceName: string }
  remoteEndpoint?: { serviceName: string; port: number }
  tags: Record<string, string>
}

/** The stock exporter, used only to convert a span to Zipkin's format. Other code corrects and sends the result. */
export class ZipkinForm extends ZipkinExporter {
  #made: ZipkinSpan | undefined

  constructor(endpoint: string) {
    super({ url: endpoint })
    // Its last step, `_send`, is where the form leaves it; it has no public door.
    const take = ([span]: ZipkinSpan[], done: (result: ExportResult) => void) => {
      this.#made = span
      done({ code: ExportResultCode.SUCCESS })
    }
    Object.assign(this, { _send: take })
  }

  /** `span` as Zipkin takes it: with its remote endpoint, and its trace id in the original width. */
  of(span: ReadableSpan): ZipkinSpan {
    this.export([span], () => {})
    const made = this.#made
    if (!made) throw new Error('@opentelemetry/exporter-zipkin no longer sends by _send')
    return mend(made, span)
  }
}

function mend(made: ZipkinSpan, { status }: ReadableSpan): ZipkinSpan {
  const { tags, traceId } = made
  if (traceId.startsWith('0000000000000000')) made.traceId = traceId.slice(16)
  const { 'peer.service': serviceName, 'server.port': port } = tags
  if (serviceName !== undefined) made.remoteEndpoint = { serviceName, port: Number(port) }
  made.duration = Math.max(1, made.duration)
  // It is the local endpoint's name already.
  delete tags['service.name']
  // Zipkin colours a span that has an error tag, whatever it says.
  if (status.code === SpanStatusCode.ERROR) tags['error'] ??= tags['error.type'] ?? 'true'
  return made
}
