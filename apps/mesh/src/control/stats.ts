/** Traffic between workloads: rates, errors and latencies of the last seconds, per edge. */
import { grpcCodeName } from '@bookinfo/rules/grpc'
import type { ExchangeRecord } from '../proxy/exchange-record.ts'
import { isServersFault } from '../proxy/spans.ts'
import type { PassedConnection } from '../proxy/tcp-record.ts'

/** Seconds that rates and percentiles look back. */
export const windowSeconds = 10
/** Latencies kept of one edge and second: enough for a p99 by eye. */
const samplesPerSecond = 400

export interface Edge {
  /** Workload or gateway that called. */
  from: string
  /** Service that was meant; empty when no rule led anywhere. */
  service: string
  /** Workload that answered; null when the proxy did. */
  to: string | null
  /** Requests per second. */
  rate: number
  /** Share of 5xx, of gRPC's codes that stand for them, and of requests without an answer, 0 to 1. */
  errors: number
  /** ms */
  p50: number
  p99: number
  /** Requests since the mesh started, by status; of gRPC by the name of the code. */
  statuses: Record<string, number>
  /** The version of HTTP of the last request, or gRPC. */
  protocol: string
  /** Of connections that are passed on byte by byte: then `rate` counts connections, and times are how long those that ended lasted. */
  connections?: { open: number; received: number; sent: number; bytesPerSecond: number }
}

interface Second {
  at: number
  count: number
  errors: number
  samples: number[]
}

interface Counted {
  from: string
  service: string
  to: string | null
  statuses: Map<string, number>
  protocol: string
  seconds: Second[]
  /** Of connections. */
  passed?: Passed
}

interface Passed {
  open: Set<PassedConnection>
  /** Of those that are over. */
  received: number
  sent: number
  /** Totals of past seconds, for the rate. */
  totals: { at: number; bytes: number }[]
}

/** More edges than a mesh of six workloads has; hosts outside count as edges too. */
const mostEdges = 500

export class Stats {
  readonly #edges = new Map<string, Counted>()

  record({ sidecar, service = '', workload, status, grpcStatus, protocol, durationMs, startedAt }: ExchangeRecord) {
    const edge = this.#edge(sidecar.caller.name, service, workload, protocol)
    if (!edge) return
    const answer = grpcStatus === undefined ? String(status) : grpcCodeName(grpcStatus)
    edge.statuses.set(answer, (edge.statuses.get(answer) ?? 0) + 1)
    edge.protocol = grpcStatus === undefined ? protocol : 'gRPC'
    this.#count(edge, startedAt + durationMs, durationMs, status >= 500 || status === 0 || isServersFault(grpcStatus))
  }

  /** A connection that is passed on has begun. */
  opened(connection: PassedConnection) {
    this.#passed(connection)?.passed?.open.add(connection)
  }

  /** It has ended. */
  ended(connection: PassedConnection) {
    const { startedAt, durationMs, bytesReceived, bytesSent, flags } = connection.record
    const edge = this.#passed(connection)
    if (!edge?.passed) return
    edge.passed.open.delete(connection)
    edge.passed.received += bytesReceived
    edge.passed.sent += bytesSent
    this.#count(edge, startedAt + durationMs, durationMs, flags.length > 0)
  }

  #passed({ record: { sidecar, service = '', endpoint, connection } }: PassedConnection): Counted | undefined {
    return this.#edge(sidecar.caller.name, service, endpoint?.workload, connection.tls ? 'TLS' : 'TCP', true)
  }

  #edge(from: string, service: string, workload: string | undefined, protocol: string, passed = false): Counted | undefined {
    const key = `${from}>${service}>${workload ?? ''}${passed ? `>${protocol}` : ''}`
    let edge = this.#edges.get(key)
    if (!edge) {
      if (this.#edges.size >= mostEdges) return undefined
      edge = { from, service, to: workload ?? null, statuses: new Map(), protocol, seconds: [] }
      if (passed) edge.passed = { open: new Set(), received: 0, sent: 0, totals: [] }
      this.#edges.set(key, edge)
    }
    return edge
  }

  #count(edge: Counted, endedAt: number, durationMs: number, failed: boolean) {
    const at = Math.floor(endedAt / 1000)
    let second = edge.seconds.at(-1)
    if (second?.at !== at) {
      second = { at, count: 0, errors: 0, samples: [] }
      edge.seconds.push(second)
      if (edge.seconds.length > windowSeconds + 2) edge.seconds.shift()
    }
    second.count++
    if (failed) second.errors++
    if (second.samples.length < samplesPerSecond) second.samples.push(durationMs)
    else if (Math.random() * second.count < samplesPerSecond) second.samples[Math.floor(Math.random() * samplesPerSecond)] = durationMs
  }

  /** Edges at `now` (ms since 1970); quiet ones have rate 0. */
  edges(now = Date.now()): Edge[] {
    const since = Math.floor(now / 1000) - windowSeconds
    return Array.from(this.#edges.values(), ({ from, service, to, statuses, protocol, seconds, passed }) => {
      const recent = seconds.filter(({ at }) => at >= since)
      const count = sum(recent.map((second) => second.count))
      const samples = recent.flatMap((second) => second.samples).toSorted((a, b) => a - b)
      return {
        from,
        service,
        to,
        rate: round(count / windowSeconds),
        errors: count === 0 ? 0 : round(sum(recent.map((second) => second.errors)) / count),
        p50: round(quantile(samples, 0.5)),
        p99: round(quantile(samples, 0.99)),
        statuses: Object.fromEntries(statuses),
        protocol,
        ...(passed && { connections: connectionsOf(passed, now) }),
      }
    })
  }
}

function connectionsOf({ open, received, sent, totals }: Passed, now: number): NonNullable<Edge['connections']> {
  const records = Array.from(open, ({ record }) => record)
  const all = {
    received: received + sum(records.map((each) => each.bytesReceived)),
    sent: sent + sum(records.map((each) => each.bytesSent)),
  }
  const bytes = all.received + all.sent
  const oldest = totals[0]
  const elapsed = oldest ? (now - oldest.at) / 1000 : 0
  const bytesPerSecond = oldest && elapsed > 0 ? Math.round((bytes - oldest.bytes) / elapsed) : 0
  totals.push({ at: now, bytes })
  while (totals.length > 1 && totals[0]!.at < now - windowSeconds * 1000) totals.shift()
  return { open: open.size, ...all, bytesPerSecond }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
const round = (value: number) => Math.round(value * 1000) / 1000
const quantile = (sorted: readonly number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
