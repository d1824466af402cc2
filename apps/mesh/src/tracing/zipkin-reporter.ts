/** Sends spans to a Zipkin collector in batches. A collector that is slow or gone costs spans, never requests. */
import { request, type Dispatcher } from 'undici'
import type { SpanReporter, ZipkinSpan } from './span.ts'

const batch = 500
const queueLimit = 10_000
const flushEveryMs = 500
const sendTimeoutMs = 3_000

export interface ZipkinReporter extends SpanReporter {
  /** Spans that were lost, because the queue was full or the collector refused them. */
  readonly dropped: number
}

/** Reports to `endpoint`, the full URL of `POST /api/v2/spans`. */
export function createZipkinReporter(endpoint: string, dispatcher?: Dispatcher): ZipkinReporter {
  let queue: ZipkinSpan[] = []
  let dropped = 0
  let sending: Promise<void> | undefined
  const timer = setInterval(() => void flush(), flushEveryMs).unref()

  async function flush(): Promise<void> {
    sending ??= send().finally(() => (sending = undefined))
    return sending
  }

  async function send() {
    while (queue.length > 0) {
      const spans = queue.slice(0, batch)
      queue = queue.slice(batch)
      const sent = await post(spans)
      if (!sent) dropped += spans.length
    }
  }

  async function post(spans: readonly ZipkinSpan[]): Promise<boolean> {
    try {
      const { statusCode, body } = await request(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(spans),
        signal: AbortSignal.timeout(sendTimeoutMs),
        ...(dispatcher && { dispatcher }),
      })
      await body.dump()
      return statusCode < 300
    } catch {
      return false
    }
  }

  return {
    get dropped() {
      return dropped
    },
    report(span) {
      if (queue.length >= queueLimit) dropped++
      else queue.push(span)
    },
    async close() {
      clearInterval(timer)
      await Promise.race([flush().then(flush), new Promise((resolve) => setTimeout(resolve, sendTimeoutMs).unref())])
    },
  }
}
