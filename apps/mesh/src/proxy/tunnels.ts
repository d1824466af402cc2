/** Connections of pods to any host and port. On a cluster, the pod's network leads them to its proxy; here a pod names their destination by CONNECT. */
import { plaintextTo, trafficTo } from '@bookinfo/rules/decide-tcp'
import type { PortTraffic } from '@bookinfo/rules/port-protocol'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Door } from './door.ts'
import { lookAhead, spokenIn, type Spoken } from './first-bytes.ts'
import type { Handle } from './client-side.ts'
import { createListener } from './listener.ts'
import type { Proxy } from './proxy.ts'
import { TcpConnection } from './tcp-connection.ts'

const target = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/

export interface TunnelOptions {
  proxy: Proxy
  door: Door
  /** What is done with requests, where the destination speaks HTTP. */
  handle: (door: Door, client: Parameters<Handle>[0]) => void
}

/** As a network does, it first makes the connection; what rules say about it, the client learns from how it goes on. */
export async function openTunnel({ proxy, door, handle }: TunnelOptions, { url = '' }: IncomingMessage, socket: Socket, head: Buffer) {
  socket.on('error', () => undefined)
  const [, named = '', digits] = target.exec(url) ?? []
  const port = Number(digits)
  if (!(port >= 1 && port <= 65_535)) {
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    return
  }
  socket.setTimeout(0)
  socket.write('HTTP/1.1 200 OK\r\n\r\n')
  if (head.length > 0) socket.unshift(head)
  const { sidecar, plaintext } = door
  const dialled = { host: named.replaceAll(/[[\]]/g, '').toLowerCase(), port }
  const spoken = await spokenBy(socket, trafficTo(proxy.rules, dialled, sidecar.caller))
  if (!spoken) {
    socket.destroy()
    return
  }
  if (spoken.kind === 'http') {
    httpAt(door, `${named}:${port}`, port, handle).emit('connection', socket)
    return
  }
  const connection = { ...dialled, ...(spoken.kind === 'tls' && { tls: spoken.sni === undefined ? {} : { sni: spoken.sni } }) }
  const decision = plaintext && plaintextTo(proxy.rules, connection, sidecar.caller)
  new TcpConnection(socket, { proxy, sidecar, connection, ...(decision && { decision }) }).run()
}

/** By the protocol of the port that was dialled; where that does not say it, by the first bytes. Undefined when the client has gone before. */
async function spokenBy(socket: Socket, traffic: PortTraffic): Promise<Spoken | undefined> {
  if (traffic === 'http') return { kind: 'http' }
  if (traffic === 'tcp') return { kind: 'other' }
  const spoken = await lookAhead(socket, spokenIn)
  // A port for TLS takes whatever else comes as bytes.
  return traffic === 'tls' && spoken?.kind === 'http' ? { kind: 'other' } : spoken
}

/** Servers that do not listen: one for each port of a door. */
const servers = new WeakMap<Door, Map<string, ReturnType<typeof createListener>>>()

function httpAt(door: Door, authority: string, port: number, handle: TunnelOptions['handle']) {
  const known = servers.get(door) ?? new Map<string, ReturnType<typeof createListener>>()
  servers.set(door, known)
  // A client without a sidecar goes to the service that it dialled; others say by their Host header what they want.
  const key = door.plaintext ? authority : String(port)
  let server = known.get(key)
  if (!server) {
    const inner: Door = { sidecar: door.sidecar, port, ...(door.plaintext && { authority, plaintext: door.plaintext }) }
    known.set(key, (server = createListener((client) => handle(inner, client))))
  }
  return server
}
