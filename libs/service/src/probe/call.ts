/** Requests that a workload sends when the conformance suite asks: what a caller inside the mesh sees. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Type, type Static } from 'typebox'
import { Agent, request } from 'undici'

/** `{i}` in the address, in a header's value or in the body is replaced by the number of the request, from 0. */
export const CallOrder = Type.Object(
  {
    url: Type.String({ pattern: '^http://[A-Za-z0-9.:-]+/[!-~]*$', maxLength: 8192 }),
    method: Type.String({ pattern: '^[A-Z]{1,20}$', default: 'GET' }),
    headers: Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String({ pattern: '^[ -~]*$', maxLength: 8192 }), {
      default: {},
      additionalProperties: false,
    }),
    body: Type.Optional(Type.String()),
    count: Type.Integer({ minimum: 1, maximum: 50_000, default: 1 }),
    concurrency: Type.Integer({ minimum: 1, maximum: 64, default: 1 }),
    /** Milliseconds between two requests of one of the concurrent clients. */
    pauseMs: Type.Integer({ minimum: 0, maximum: 10_000, default: 0 }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: 30_000, default: 20_000 }),
    /** Leaves headers and body of each answer out of the report. */
    brief: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
)
export type CallOrder = Static<typeof CallOrder>

export interface CallResult {
  /** 0 when no whole answer came; then `error` says why. */
  status: number
  /** Pod, version and service that answered, by the header that probes set. */
  servedBy: { service: string; version: string; pod: string } | null
  /** Milliseconds from sending to the last byte. */
  ms: number
  /** When it was sent: milliseconds from the beginning of the order. */
  at: number
  error?: string
  headers?: Record<string, string | string[] | undefined>
  body?: string
  /** Length of the body in bytes. */
  bytes?: number
}

/** The header of every answer of a workload with probes: `service/version/pod`. */
export const servedByHeader = 'x-bookinfo-served-by'

/** Bytes of each body that are reported. */
const keptBody = 32 * 1024

/**
 * Sends what `order` says, in as many connections as it has concurrent clients. `detour` is the address to dial instead of the host's.
 * Ends early when `gone` is aborted.
 */
export async function call(order: CallOrder, detour: string | undefined, gone: AbortSignal): Promise<CallResult[]> {
  const agent = new Agent({ connections: order.concurrency, pipelining: 1, keepAliveTimeout: 10_000 })
  const results: CallResult[] = []
  const began = performance.now()
  let next = 0
  async function client() {
    while (next < order.count && !gone.aborted) {
      const number = next++
      const at = Math.round(performance.now() - began)
      results[number] = { ...(await one(order, number, detour, agent)), at }
      if (order.pauseMs > 0) await sleep(order.pauseMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(order.concurrency, order.count) }, client))
  } finally {
    await agent.destroy()
  }
  return results
}

async function one(order: CallOrder, number: number, detour: string | undefined, dispatcher: Agent): Promise<Omit<CallResult, 'at'>> {
  const numbered = (text: string) => text.replaceAll('{i}', String(number))
  const [, authority = '', path = '/'] = /^http:\/\/([^/]+)(.*)$/.exec(numbered(order.url)) ?? []
  const headers: Record<string, string> = { host: authority }
  for (const name in order.headers) headers[name.toLowerCase()] = numbered(order.headers[name]!)
  const began = performance.now()
  const ms = () => Math.round((performance.now() - began) * 100) / 100
  try {
    const answer = await request(`http://${detour ?? authority}${path}`, {
      dispatcher,
      method: order.method as 'GET',
      headers,
      body: order.body === undefined ? null : numbered(order.body),
      signal: AbortSignal.timeout(order.timeoutMs),
    })
    const body = Buffer.from(await answer.body.arrayBuffer())
    const result = { status: answer.statusCode, servedBy: servedBy(answer.headers[servedByHeader]), ms: ms() }
    if (order.brief) return result
    return { ...result, headers: answer.headers, body: body.subarray(0, keptBody).toString(), bytes: body.length }
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException
    return { status: 0, servedBy: null, ms: ms(), error: name === 'TimeoutError' ? 'timeout' : (code ?? message) }
  }
}

function servedBy(header: string | string[] | undefined): CallResult['servedBy'] {
  const [service, version, pod] = typeof header === 'string' ? header.split('/') : []
  return service !== undefined && version !== undefined && pod !== undefined ? { service, version, pod } : null
}
