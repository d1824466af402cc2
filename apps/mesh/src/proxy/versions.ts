/** One port for both versions of HTTP: the first bytes of a connection say which one its client speaks. */
import { chooseByFirstBytes } from '@bookinfo/contracts/first-bytes'
import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Handle } from './client-side.ts'
import type { Http2Connections } from './http2-server.ts'

/** What may stand for a server of connections of HTTP/1.1. */
type Http1Server = Server | HttpsServer

export interface Limits {
  /** A connection of HTTP/2 that does not move is closed after this time (ms). */
  idleMs: number
  /** One that says nothing it can be known by is closed after this time (ms). */
  silentMs: number
}

/**
 * Lets clients of `server` speak HTTP/2 as well, by prior knowledge or, with TLS, by ALPN. Connections of HTTP/1.1 are handed to the
 * server once, with all their bytes, and cost nothing after that. Closing the server drains those of HTTP/2.
 */
export function withHttp2<S extends Http1Server>(server: S, handle: Handle, limits: Limits): S {
  let closing = false
  let loading: Promise<Http2Connections> | undefined
  const load = () => (loading ??= import('./http2-server.ts').then(({ http2Connections }) => http2Connections(handle, limits.idleMs)))
  async function toHttp2(socket: Socket) {
    const onEarlyError = () => undefined
    socket.on('error', onEarlyError)
    const connections = await load()
    socket.off('error', onEarlyError)
    if (socket.destroyed) return
    connections.take(socket)
    if (closing) connections.drain()
  }

  const waiting =
    'addContext' in server
      ? byAlpn(server, (socket) => void toHttp2(socket))
      : chooseByFirstBytes(server, { http2: (socket) => void toHttp2(socket), silent, limitMs: limits.silentMs })

  const close = server.close.bind(server)
  const closeAll = server.closeAllConnections.bind(server)
  server.close = (done) => {
    closing = true
    close(done)
    for (const socket of waiting) socket.destroy()
    void loading?.then((connections) => connections.drain())
    return server
  }
  server.closeAllConnections = () => {
    closeAll()
    for (const socket of waiting) socket.destroy()
    void loading?.then((connections) => connections.destroy())
  }
  return server
}

const silent = (socket: Socket) => void socket.destroy()

/** After a TLS handshake the version is known. */
function byAlpn(server: HttpsServer, toHttp2: (socket: Socket) => void): ReadonlySet<Socket> {
  const toHttp1 = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') toHttp2(socket)
    else for (const listener of toHttp1) listener.call(server, socket)
  })
  return new Set()
}
