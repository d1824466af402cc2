/** Requests that a workload sends when the conformance suite asks: what a caller inside the mesh sees. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { keptBody, resultOf, type CallOrder, type Caller, type CallResult } from './order.ts'

/** Where nothing redirects connections by itself. */
interface Way {
  /** Address of the proxy for requests to the port. */
  detour?: string | undefined
  /** Of the one that makes connections by TCP and TLS. */
  tunnel?: string | undefined
}

/**
 * Sends what `order` says, in as many connections as it has concurrent clients. `way` says what to dial instead of the host.
 * Ends early when `gone` is aborted.
 */
export async function call(order: CallOrder, way: Way, gone: AbortSignal): Promise<CallResult[]> {
  const caller = await callerFor(order, way)
  const results: CallResult[] = []
  const began = performance.now()
  let next = 0
  async function client() {
    while (next < order.count && !gone.aborted) {
      const number = next++
      const at = Math.round(performance.now() - began)
      results[number] = { ...(await timed(order, number, caller)), at }
      if (order.pauseMs > 0) await sleep(order.pauseMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(order.concurrency, order.count) }, client))
  } finally {
    await caller.close()
  }
  return results
}

/** Protocols that an order does not speak are not loaded. */
async function callerFor(order: CallOrder, { detour, tunnel }: Way): Promise<Caller> {
  if (order.url.startsWith('tcp:') || order.url.startsWith('tls:')) return (await import('./call-tcp.ts')).tcpCaller(order, detour, tunnel)
  if (order.url.startsWith('grpc:') || order.protocol === 'h2c') return (await import('./call-http2.ts')).http2Caller(order, detour)
  return http1Caller(order, detour)
}

async function timed(order: CallOrder, number: number, caller: Caller): Promise<Omit<CallResult, 'at'>> {
  const began = performance.now()
  const ms = () => Math.round((performance.now() - began) * 100) / 100
  try {
    const { status, servedBy: server, ...result } = await caller.one((text) => text.replaceAll('{i}', String(number)))
    const { headers: _headers, body: _body, trailers: _trailers, ...short } = result
    return { status, servedBy: server, ms: ms(), ...(order.brief ? short : result) }
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException
    return { status: 0, servedBy: null, ms: ms(), error: name === 'TimeoutError' ? 'timeout' : (code ?? message) }
  }
}

function http1Caller(order: CallOrder, detour: string | undefined): Caller {
  const dispatcher = new Agent({ connections: order.concurrency, pipelining: 1, keepAliveTimeout: 10_000 })
  return {
    async one(numbered) {
      const [, authority = '', path = '/'] = /^http:\/\/([^/]+)(.*)$/.exec(numbered(order.url)) ?? []
      const headers: Record<string, string> = { host: authority }
      for (const name in order.headers) headers[name.toLowerCase()] = numbered(order.headers[name]!)
      const answer = await request(`http://${detour ?? authority}${path}`, {
        dispatcher,
        method: order.method as 'GET',
        headers,
        body: order.body === undefined ? null : numbered(order.body),
        signal: AbortSignal.timeout(order.timeoutMs),
      })
      const body = Buffer.from(await answer.body.arrayBuffer())
      const result = resultOf(answer.statusCode, answer.headers)
      return order.brief ? result : { ...result, body: body.subarray(0, keptBody).toString(), bytes: body.length }
    },
    close: () => dispatcher.destroy(),
  }
}
