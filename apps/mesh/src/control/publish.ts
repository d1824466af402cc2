/** Tells the event stream what happens. */
import { grpcCodeName } from '@bookinfo/rules/grpc'
import type { ExchangeRecord } from '../proxy/exchange-record.ts'
import { appliedOf, snapshotOf, statusOf, type Control } from './views.ts'

/** Requests published per second; the others only count in the statistics. */
const mostExchangesPerSecond = 25

/** Starts telling; the answer ends it. */
export function publish(control: Control): () => void {
  const { mesh, events } = control
  mesh.fleet.on('change', () => events.send('status', statusOf(control)))
  mesh.fleet.on('death', ({ pod, workload }, death) => events.send('death', { pod: pod.name, workload: workload.name, ...death }))
  for (const event of ['change', 'news'] as const) mesh.rules.on(event, () => events.send('rules', appliedOf(control)))
  const ticker = setInterval(() => events.listening && events.send('stats', snapshotOf(control)), 1000).unref()
  return () => clearInterval(ticker)
}

const grpcOf = ({ grpcStatus }: ExchangeRecord) => (grpcStatus === undefined ? {} : { grpc: grpcCodeName(grpcStatus) })

/** Publishes single requests, but never more than a page can draw. */
export function exchangeTeller(events: Control['events']): (record: ExchangeRecord) => void {
  let second = 0
  let sent = 0
  return (record) => {
    const { startedAt, durationMs, sidecar, request, service = '', workload = null, pod = null, status, flags, traceId = null } = record
    if (!events.listening) return
    const now = Math.floor((startedAt + durationMs) / 1000)
    if (now !== second) sent = 0
    second = now
    if (sent++ >= mostExchangesPerSecond) return
    const { method = '', path = '' } = request ?? {}
    const ms = Math.round(durationMs * 10) / 10
    events.send('exchange', {
      from: sidecar.caller.name,
      service,
      to: workload,
      pod,
      method,
      path,
      status,
      flags,
      ms,
      traceId,
      ...grpcOf(record),
    })
  }
}
