/** One connection that is passed on byte by byte, from its acceptance to its last byte: Envoy's tcp_proxy. */
import { decideTcp } from '@bookinfo/rules/decide-tcp'
import type { Connection, TcpDecision, TcpForward } from '@bookinfo/rules/connection'
import type { Caller, TcpPool } from '@bookinfo/rules/decision'
import { aim, type Aim, type Asker } from '@bookinfo/rules/hop'
import { enterTcp, judgeTcp } from '@bookinfo/rules/hop-tcp'
import type { Socket } from 'node:net'
import type { Sidecar } from './door.ts'
import { gateOf, Pass } from './gate.ts'
import type { Proxy } from './proxy.ts'
import { connectTo, resetSocket } from './tcp-upstream.ts'
import type { PassedConnection, TcpRecord } from './tcp-record.ts'
import { leadsBack, shortName } from './upstream-address.ts'

/** Envoy's limit for a connection on which nothing moves (ms). */
const idleMs = 3_600_000

export interface TcpConnectionOptions {
  proxy: Proxy
  sidecar: Sidecar
  connection: Connection
  /** Where a client without a sidecar goes: to the Service itself, by no caller's rules. */
  decision?: TcpDecision
}

export class TcpConnection implements PassedConnection {
  readonly #proxy: Proxy
  readonly #sidecar: Sidecar
  readonly #client: Socket
  readonly #connection: Connection
  readonly #asker: Asker
  readonly #startedAt = Date.now()
  readonly #startedTick = performance.now()
  readonly #flags: string[] = []
  readonly #ends: { remote: string; local: string }
  readonly #plaintext: boolean
  #decision: TcpDecision | undefined
  #aim: Aim | undefined
  #upstream: Socket | undefined
  #connected = false
  #pass: Pass | undefined
  #late: NodeJS.Timeout | undefined
  #longest: NodeJS.Timeout | undefined
  #bytesReceived = 0
  #bytesSent = 0
  #endedAfter: number | undefined

  constructor(client: Socket, { proxy, sidecar, connection, decision }: TcpConnectionOptions) {
    this.#proxy = proxy
    this.#sidecar = sidecar
    this.#client = client
    this.#connection = connection
    this.#decision = decision
    this.#plaintext = decision !== undefined
    const remoteIp = (client.remoteAddress ?? '').replace(/^::ffff:/, '')
    const caller: Caller = sidecar.caller.kind === 'gateway' ? { ...sidecar.caller, remoteIp } : sidecar.caller
    this.#asker = { rules: proxy.rules, caller, state: sidecar.balancer, random: proxy.random }
    this.#ends = { remote: address(client.remoteAddress, client.remotePort), local: address(client.localAddress, client.localPort) }
  }

  run() {
    const client = this.#client
    this.#proxy.connections.add(this)
    client.on('error', (error) => this.#onClientError(error))
    client.on('close', () => this.#onClose())
    if (client.destroyed) return this.#onClose()
    try {
      this.#begin()
    } catch (error) {
      this.#proxy.onDefect(error)
      client.destroy()
    }
    this.#proxy.onConnection?.(this)
  }

  destroy() {
    this.#client.destroy()
  }

  #begin() {
    const entry = enterTcp(this.#asker, this.#connection)
    if (!entry.allow) return this.#end([])
    this.#decision ??= decideTcp(this.#asker.rules, this.#connection, this.#asker.caller, this.#proxy.random)
    const decision = this.#decision
    if (decision.kind === 'close') return this.#refuse(decision.flags)
    const { cluster } = decision
    if (cluster.external && leadsBack(this.#proxy.ownPorts, cluster.external)) return this.#refuse(['NR'])
    const { maxConnections } = cluster.pool
    // A connection over the limit does not wait: Envoy closes it.
    if (maxConnections !== undefined)
      this.#pass = new Pass(
        gateOf(this.#sidecar.gates, cluster.name),
        { ...cluster.pool, http1MaxPendingRequests: 0, http2MaxRequests: Infinity },
        () => undefined,
      )
    if (this.#pass?.enter() === false) return this.#refuse(['UO'])
    const target = aim(this.#asker, decision)
    if (!target) return this.#refuse(['UH'])
    this.#aim = target
    if (target.endpoint) this.#sidecar.balancer.enter(target.endpoint.pod)
    const verdict = judgeTcp(this.#asker, this.#connection, this.#plaintext ? { ...target, caller: this.#sidecar.caller } : target)
    if (!verdict.allow) return verdict.reset && this.#plaintext ? resetSocket(this.#client) : this.#end(verdict.reset ? ['UF', 'URX'] : [])
    this.#connect(decision)
  }

  #connect({ cluster }: TcpForward) {
    const { connectTimeoutMs, tcp } = cluster.pool
    const upstream = connectTo(cluster, this.#aim?.endpoint, () => this.#onConnected(tcp))
    this.#upstream = upstream
    this.#late = setTimeout(() => this.#failed(), connectTimeoutMs)
    upstream.on('error', (error) => this.#onUpstreamError(error))
    upstream.on('close', () => {
      if (!this.#connected) return this.#failed()
      if (!this.#client.destroyed) this.#client.destroySoon()
    })
  }

  #onConnected(tcp: TcpPool | undefined) {
    const upstream = this.#upstream!
    clearTimeout(this.#late)
    if (this.#client.destroyed) {
      upstream.destroy()
      return
    }
    this.#connected = true
    this.#rate(200)
    if (tcp?.keepAliveMs !== undefined) upstream.setKeepAlive(true, tcp.keepAliveMs)
    this.#join(upstream, tcp?.idleTimeoutMs ?? idleMs)
    if (tcp?.maxDurationMs !== undefined) this.#longest = setTimeout(() => this.#end(['DT']), tcp.maxDurationMs)
  }

  #join(upstream: Socket, idle: number) {
    const client = this.#client
    client.on('data', (chunk: Buffer) => (this.#bytesReceived += chunk.length))
    upstream.on('data', (chunk: Buffer) => (this.#bytesSent += chunk.length))
    // Each passes the other's end on, and waits while the other is slow; a side that has ended may still be written to.
    client.pipe(upstream)
    upstream.pipe(client)
    // What is written to the client or read from it counts, and with that both directions. 0 switches it off.
    client.setTimeout(idle, () => this.#end([]))
  }

  #failed() {
    if (this.#client.destroyed) return
    this.#rate(503)
    this.#refuse(['UF', 'URX'])
  }

  #rate(status: number) {
    const { endpoint, sealed } = this.#aim ?? {}
    // A pod's own, living proxy takes the connection whatever the pod does; a handshake is the pod's.
    if (this.#decision?.kind === 'forward' && endpoint && (endpoint.principal === undefined || sealed))
      this.#sidecar.outliers.record(this.#decision.cluster, endpoint.pod, status)
  }

  #onClientError({ code }: NodeJS.ErrnoException) {
    const upstream = this.#upstream
    if (!upstream) return
    if (code === 'ECONNRESET') resetSocket(upstream)
    else upstream.destroy()
  }

  #onUpstreamError({ code }: NodeJS.ErrnoException) {
    if (this.#connected && code === 'ECONNRESET') resetSocket(this.#client)
  }

  #end(flags: readonly string[]) {
    this.#flags.push(...flags)
    this.#client.destroy()
  }

  /** Ends a connection that leads nowhere. Envoy has only looked at a ClientHello then, and what is closed with bytes unread is reset. */
  #refuse(flags: readonly string[]) {
    this.#flags.push(...flags)
    if (this.#connection.tls) resetSocket(this.#client)
    else this.#client.destroy()
  }

  #onClose() {
    if (this.#endedAfter !== undefined) return
    this.#endedAfter = performance.now() - this.#startedTick
    clearTimeout(this.#late)
    clearTimeout(this.#longest)
    this.#upstream?.destroy()
    if (this.#aim?.endpoint) this.#sidecar.balancer.leave(this.#aim.endpoint.pod)
    this.#pass?.leave()
    this.#proxy.connections.delete(this)
    this.#proxy.onConnectionEnd?.(this)
  }

  get pod(): string | undefined {
    return this.#aim?.endpoint?.pod
  }

  get record(): TcpRecord {
    const cluster = this.#decision?.kind === 'forward' ? this.#decision.cluster : undefined
    const endpoint = this.#aim?.endpoint
    const place = endpoint ? { host: endpoint.address, port: endpoint.port } : this.#aim && cluster?.external
    return {
      startedAt: this.#startedAt,
      durationMs: this.#endedAfter ?? performance.now() - this.#startedTick,
      open: this.#endedAfter === undefined,
      sidecar: this.#sidecar,
      connection: this.#connection,
      decision: this.#decision,
      service: shortName(cluster?.host ?? this.#connection.host) || undefined,
      endpoint,
      upstream: place && address(place.host, place.port),
      ...this.#ends,
      flags: this.#flags,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    }
  }
}

const address = (host = '', port = 0) =>
  `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host.replace(/^::ffff:/, '')}:${port}`
