/** Traffic between workloads: rates, errors and latencies of the last seconds, per edge. */
import { grpcCodeName } from '@bookinfo/rules/grpc'
import type { ExchangeRecord } from '../proxy/exchange-record.ts'
import { isServersFault } from '../proxy/spans.ts'

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
}

/** More edges than a mesh of six workloads has; hosts outside count as edges too. */
const mostEdges = 500

export class Stats {
  readonly #edges = new Map<string, Counted>()

  record({ sidecar, service = '', workload, status, grpcStatus, protocol, durationMs, startedAt }: ExchangeRecord) {
    const from = sidecar.caller.name
    const key = `${from}>${service}>${workload ?? ''}`
    let edge = this.#edges.get(key)
    if (!edge) {
      if (this.#edges.size >= mostEdges) return
      edge = { from, service, to: workload ?? null, statuses: new Map(), protocol, seconds: [] }
      this.#edges.set(key, edge)
    }
    const answer = grpcStatus === undefined ? String(status) : grpcCodeName(grpcStatus)
    edge.statuses.set(answer, (edge.statuses.get(answer) ?? 0) + 1)
    edge.protocol = grpcStatus === undefined ? protocol : 'gRPC'
    const at = Math.floor((startedAt + durationMs) / 1000)
    let second = edge.seconds.at(-1)
    if (second?.at !== at) {
      second = { at, count: 0, errors: 0, samples: [] }
      edge.seconds.push(second)
      if (edge.seconds.length > windowSeconds + 2) edge.seconds.shift()
    }
    second.count++
    if (status >= 500 || status === 0 || isServersFault(grpcStatus)) second.errors++
    if (second.samples.length < samplesPerSecond) second.samples.push(durationMs)
    else if (Math.random() * second.count < samplesPerSecond) second.samples[Math.floor(Math.random() * samplesPerSecond)] = durationMs
  }

  /** Edges at `now` (ms since 1970); quiet ones have rate 0. */
  edges(now = Date.now()): Edge[] {
    const since = Math.floor(now / 1000) - windowSeconds
    return Array.from(this.#edges.values(), ({ from, service, to, statuses, protocol, seconds }) => {
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
      }
    })
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
const round = (value: number) => Math.round(value * 1000) / 1000
const quantile = (sorted: readonly number[], q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
