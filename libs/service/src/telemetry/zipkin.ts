/** Sends spans to Zipkin's API v2, each batch within a time limit, which the stock exporter has not. */
import { Agent, request } from 'undici'
import type { Sender } from './pipeline.ts'
import { zipkinSpan } from './zipkin-span.ts'

/** Sends to `endpoint`, the whole URL of `POST /api/v2/spans`; `timeoutMs` is the limit of one batch. */
export function zipkinSender(endpoint: string, timeoutMs: number): Sender<string> {
  const agent = new Agent({ connections: 1 })
  return {
    encode: (span) => JSON.stringify(zipkinSpan(span)),
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
