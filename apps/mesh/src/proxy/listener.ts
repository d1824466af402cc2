/** HTTP servers as the mesh needs them: strict, and patient with streams. */
import { createServer, ServerResponse, STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Handle } from './client-side.ts'
import { closeGently } from './close-gently.ts'
import { Http1Client } from './http1-client.ts'
import { withHttp2, type Limits } from './versions.ts'
import { stopWatching, watchWaiting } from './waiting-client.ts'

/** Envoy's stream idle timeout: an idle connection is closed after this time (ms). */
const idleMs = 300_000

/**
 * A client must be the first to close an idle connection: a server that does so may meet a request that is on its way, and
 * loses it. Clients keep one for up to ten minutes (undici) or as long as they are configured to; Envoy's own limit is an hour.
 */
export const patient = { keepAliveTimeout: 3_600_000 }

/** What is done with a CONNECT, where it is not a request like others. */
export type Tunnel = (raw: IncomingMessage, socket: Socket, head: Buffer) => void

/** Of servers with TLS as well. */
export const httpOptions = {
  maxHeaderSize: 60 * 1024,
  headersTimeout: 60_000,
  // Bodies may stream for as long as they move.
  requestTimeout: 0,
  ...patient,
  // Asked of by badRequest(), which answers and records as for every other request.
  requireHostHeader: false,
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
}

/** A server that hands every request, of either version of HTTP, to `handle`. Node's parser is strict: ambiguous lengths, folded fields and bare CR are refused. */
export const createListener = (handle: Handle, limits: Partial<Limits> = {}, tunnel?: Tunnel): Server =>
  handing(createServer(httpOptions), handle, limits, tunnel)

/** Makes `server` hand every request and upgrade to `handle`. */
export function handing<S extends Server | HttpsServer>(server: S, handle: Handle, limits: Partial<Limits> = {}, tunnel?: Tunnel): S {
  server.timeout = idleMs
  const answering = new WeakMap<Duplex, ServerResponse>()
  server.on('request', (raw: IncomingMessage, res: ServerResponse) => {
    answering.set(raw.socket, res)
    handle(new Http1Client(raw, res))
  })
  const takeOver = (raw: IncomingMessage, socket: Socket, head: Buffer, upgrade?: string) => {
    if (head.length > 0) socket.unshift(head)
    const res = new ServerResponse(raw)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    res.on('finish', () => {
      stopWatching(socket)
      closeGently(socket)
    })
    socket.on('error', () => undefined)
    // Node passes this on for its own requests only; without it, a large refusal would stop half-way.
    socket.on('drain', () => res.emit('drain'))
    watchWaiting(socket)
    handle(new Http1Client(raw, res, upgrade))
  }
  server.on('upgrade', (raw: IncomingMessage, socket: Socket, head: Buffer) => takeOver(raw, socket, head, 'websocket'))
  server.on('connect', tunnel ?? ((raw: IncomingMessage, socket: Socket, head: Buffer) => takeOver(raw, socket, head)))
  server.on('clientError', (error: Error & { code?: string; reason?: string }, socket: Duplex) => {
    const res = answering.get(socket)
    // TLS and the connection itself fail here too.
    const isHttp = /^(HPE_|ERR_HTTP_)/.test(error.code ?? '')
    if (!isHttp || !socket.writable || (res?.headersSent && !res.writableFinished)) socket.destroy()
    else socket.end(unreadable(error))
  })
  return withHttp2(server, handle, { idleMs, silentMs: idleMs, ...limits })
}

/** Answer to what Node's parser does not take, in Envoy's words. */
function unreadable({ code = '', reason = '' }: { code?: string; reason?: string }): string {
  const twoLengths = reason.includes('Content-Length')
  const status = twoLengths ? 400 : (statusOf[code] ?? 400)
  const words = STATUS_CODES[status]!
  return `HTTP/1.1 ${status} ${words}\r\ncontent-length: ${words.length}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${words}`
}

const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_INVALID_TRANSFER_ENCODING: 501,
  HPE_INVALID_VERSION: 426,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Listens on `port` (0: any) of each host; all of them on the same port. Resolves to that port. */
export async function listen(server: NetServer, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}
