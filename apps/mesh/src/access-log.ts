/** Envoy's default access log: one line per request and proxy. */
import type { RuleRequest } from '@bookinfo/rules/decision'
import { grpcCodeName, isGrpc } from '@bookinfo/rules/grpc'
import { EventEmitter } from 'node:events'
import type { Arrival, ExchangeRecord } from './proxy/exchange-record.ts'
import type { LogLine } from './pods/pod.ts'
import type { TcpRecord } from './proxy/tcp-record.ts'

/** `[START] "METHOD PATH PROTOCOL" CODE FLAGS RECEIVED SENT DURATION UPSTREAM-TIME "XFF" "USER-AGENT" "REQUEST-ID" "AUTHORITY" "UPSTREAM"`, and for a gRPC call its status, `"UNAVAILABLE"`. */
export const accessLogLine = (record: ExchangeRecord): string => lineOf(entryOf(record))

/** The same of a connection that was passed on: what only requests have is `-`. */
export const connectionLogLine = (record: TcpRecord): string => lineOf(connectionEntry(record))

/** What a line is made of. */
interface Entry {
  /** Pod whose proxy took the request in; none for what a workload's proxy sent out. */
  pod?: string
  startedAt: number
  method: string | undefined
  path: string | undefined
  protocol: string
  /** Status to milliseconds until the upstream's answer, as they stand in the line. */
  numbers: readonly (string | number)[]
  forwardedFor: string | undefined
  userAgent: string | undefined
  requestId: string | undefined
  authority: string | undefined
  upstream: string | undefined
  /** Of a gRPC call. */
  grpcStatus: number | undefined
}

/** Lines kept of each proxy. */
const keptLines = 1_000
/** Longest field that is kept (characters): memory is bounded whatever clients send. */
const longestField = 2_048

/** The last lines of every proxy. They are formatted on request. Emits `line` with the proxy's workload, its pod, and the line. */
export class AccessLog extends EventEmitter<{ line: [workload: string, pod: string | undefined, LogLine] }> {
  readonly #proxies = new Map<string, Entry[]>()

  /** What a caller's proxy sent out, or answered. */
  sent(record: ExchangeRecord) {
    this.#keep(record.sidecar.caller.name, entryOf(record))
  }

  /** What the proxy in front of a pod took in. */
  arrived({ attempt, endpoint, request, protocol, bytesReceived }: Arrival) {
    const durationMs = performance.now() - attempt.startedAt
    const numbers = [attempt.status, '-', bytesReceived, attempt.answerBytes, Math.round(durationMs), '-']
    this.#keep(endpoint.workload, {
      pod: endpoint.pod,
      startedAt: Date.now() - durationMs,
      method: request.method,
      path: cut(request.headers['x-envoy-original-path']?.[0] ?? request.path),
      protocol,
      numbers,
      ...headersOf(request),
      authority: cut(request.authority),
      upstream: `${endpoint.address}:${endpoint.port}`,
      grpcStatus: isGrpc(request.headers) ? attempt.grpcStatus : undefined,
    })
  }

  /** A connection that is over: for its caller's proxy, and the one in front of the pod. */
  passed(record: TcpRecord) {
    const { sidecar, decision, endpoint } = record
    const entry = connectionEntry(record)
    this.#keep(sidecar.caller.name, entry)
    if (endpoint?.principal !== undefined && decision) this.#keep(endpoint.workload, { ...entry, pod: endpoint.pod })
  }

  /**
   * The newest `count` lines of a workload's proxy (or the gateway's), the oldest first: all that the workload sent, and what came in at
   * `pod`. Pods of one workload send through the same proxy.
   */
  lines(workload: string, pod: string | undefined, count = keptLines): LogLine[] {
    const own = (this.#proxies.get(workload) ?? []).filter((entry) => entry.pod === undefined || entry.pod === pod)
    return count === 0 ? [] : own.slice(-Math.min(count, keptLines)).map(timed)
  }

  #keep(workload: string, entry: Entry) {
    const entries = this.#proxies.get(workload) ?? []
    this.#proxies.set(workload, entries)
    entries.push(entry)
    if (this.listenerCount('line') > 0) this.emit('line', workload, entry.pod, timed(entry))
    // Half of them at once: one by one would move the rest with every request.
    if (entries.length > 2 * keptLines) entries.splice(0, keptLines)
  }
}

/** A line of the time when its request was over, which is when it came into the log. */
const timed = (entry: Entry): LogLine => ({ at: Math.ceil(entry.startedAt + Number(entry.numbers[4])), text: lineOf(entry) })

function entryOf(record: ExchangeRecord): Entry {
  const { startedAt, durationMs, request, decision, status, flags, bytesReceived, bytesSent, upstreamMs, upstream, protocol, grpcStatus } =
    record
  return {
    startedAt,
    method: request?.method,
    path: cut(request?.headers['x-envoy-original-path']?.[0] ?? request?.path),
    protocol,
    numbers: [status, flags.join(',') || '-', bytesReceived, bytesSent, Math.round(durationMs), upstreamMs ?? '-'],
    ...headersOf(request),
    authority: cut(decision?.kind === 'forward' ? decision.authority : request?.authority),
    upstream,
    grpcStatus,
  }
}

const connectionEntry = ({ startedAt, durationMs, flags, bytesReceived, bytesSent, upstream }: TcpRecord): Entry => ({
  startedAt,
  method: undefined,
  path: undefined,
  grpcStatus: undefined,
  protocol: '-',
  numbers: [0, flags.join(',') || '-', bytesReceived, bytesSent, Math.round(durationMs), '-'],
  ...headersOf(undefined),
  authority: undefined,
  upstream,
})

const headersOf = (request: RuleRequest | undefined) => ({
  forwardedFor: cut(request?.headers['x-forwarded-for']?.join(',')),
  userAgent: cut(request?.headers['user-agent']?.join(',')),
  requestId: cut(request?.headers['x-request-id']?.join(',')),
})

/** A copy, because a slice would keep the whole text in memory. */
const cut = (text: string | undefined) =>
  text !== undefined && text.length > longestField ? Buffer.from(text.slice(0, longestField)).toString() : text

function lineOf(entry: Entry): string {
  const { startedAt, method, path, protocol, numbers, forwardedFor, userAgent, requestId, authority, upstream, grpcStatus } = entry
  const fields = [forwardedFor, userAgent, requestId, authority, upstream, ...(grpcStatus === undefined ? [] : [grpcCodeName(grpcStatus)])]
  const quoted = fields.map((text) => quote(text ?? '-'))
  return `[${new Date(startedAt).toISOString()}] ${quote(`${method ?? '-'} ${path ?? '-'} ${protocol}`)} ${numbers.join(' ')} ${quoted.join(' ')}`
}

/** What a client sent must not break out of its field. */
const quote = (text: string) =>
  `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
