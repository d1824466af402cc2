/** What stands around the mesh: console, control API, collector and traffic generator. */
import type { AccessLog } from './access-log.ts'
import type { MeshConfig } from './config.ts'
import type { EventStream } from './control/events.ts'
import { publish } from './control/publish.ts'
import { startCollector, startControl, type Running } from './control/server.ts'
import type { Stats } from './control/stats.ts'
import { Traffic } from './control/traffic.ts'
import type { Addresses, Control } from './control/views.ts'
import { localAddress } from './listen-both-ways.ts'
import type { Mesh } from './mesh.ts'
import { consoleTraces } from './zipkin/pages.ts'
import type { SpanStore } from './zipkin/span-store.ts'

export interface AroundOptions {
  mesh: Mesh
  stats: Stats
  accessLog: AccessLog
  events: EventStream
  config: Pick<MeshConfig, 'CONSOLE_PORT' | 'ZIPKIN_PORT' | 'zipkinPortFixed'> &
    Partial<Pick<MeshConfig, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT' | 'ZIPKIN_URL' | 'remote'>>
  /** The mesh's own traces, when they are kept here. */
  store: SpanStore | undefined
  /** The collector, where it had to run before the workloads. */
  collector: Running | undefined
  /** Gets what has to be closed at the end. */
  closing: (() => Promise<void> | void)[]
}

/** Opens the servers and tells where they are. @throws ConfigError when a port is taken. */
export async function startAround({
  mesh,
  stats,
  accessLog,
  events,
  config,
  store,
  collector,
  closing,
}: AroundOptions): Promise<Addresses> {
  const gateway = `http://localhost:${mesh.gatewayPort}`
  const host = config.remote?.host
  const traffic = new Traffic(`http://${localAddress(host)}:${mesh.gatewayPort}`)
  const addresses: Addresses = { gateway, console: '', zipkin: null, embeddedZipkin: store !== undefined }
  const control: Control = { mesh, stats, accessLog, traffic, events, addresses, startedAt: Date.now() }
  const server = await startControl(control, store, config.CONSOLE_PORT, host)
  closing.push(
    () => server.close(),
    publish(control),
    () => events.close(),
    () => traffic.close(),
  )
  addresses.console = `http://localhost:${server.port}`
  if (store) {
    const zipkin =
      collector ?? (await startCollector(store, config.ZIPKIN_PORT, config.zipkinPortFixed, () => consoleTraces(addresses.console), host))
    closing.push(() => zipkin.close())
    addresses.zipkin = `http://localhost:${zipkin.port}`
  } else if (config.OTEL_EXPORTER_ZIPKIN_ENDPOINT !== undefined)
    addresses.zipkin = (config.ZIPKIN_URL ?? new URL(config.OTEL_EXPORTER_ZIPKIN_ENDPOINT).origin).replace(/\/+$/, '')
  return addresses
}
