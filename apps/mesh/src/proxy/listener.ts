/** HTTP servers as the mesh needs them: strict, and patient with streams. */
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { closeGently } from './close-gently.ts'
import { stopWatching, watchWaiting } from './waiting-client.ts'

/** Envoy's stream idle timeout: a connection on which nothing moves for so long is closed (ms). */
const idleMs = 300_000

/**
 * A client must be the first to close a connection that nobody uses: a server that does so may meet a request that is on its way, and
 * loses it. Clients keep one for up to ten minutes (undici) or as long as they are told; Envoy's own limit is an hour.
 */
export const patient = { keepAliveTimeout: 3_600_000 }

/** What is done with a request; `upgrade` is the protocol that it wants to change to. */
export type Handle = (raw: IncomingMessage, res: ServerResponse, upgrade?: string) => void

/** Of servers with TLS as well. */
export const httpOptions = {
  maxHeaderSize: 60 * 1024,
  headersTimeout: 60_000,
  // Bodies may stream for as long as they move.
  requestTimeout: 0,
  ...patient,
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
}

/** A server that hands every request to `handle`. Node's parser is strict: ambiguous lengths, folded fields and bare CR are refused with 400. */
export const createListener = (handle: Handle): Server => handing(createServer(httpOptions), handle)

/** Makes `server` hand every request and upgrade to `handle`. */
export function handing<S extends Server | HttpsServer>(server: S, handle: Handle): S {
  server.timeout = idleMs
  server.on('request', (raw: IncomingMessage, res: ServerResponse) => handle(raw, res))
  server.on('upgrade', (raw: IncomingMessage, socket: Socket, head: Buffer) => {
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
    handle(raw, res, 'websocket')
  })
  return server
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
