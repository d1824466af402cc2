/** HTTP/2 on connections whose first bytes, or whose TLS handshake, ask for it. Loaded at the first of them. */
import { leaveSession, limitControlFrames } from '@bookinfo/contracts/http2-sessions'
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Handle } from './client-side.ts'
import { Http2Client } from './http2-client.ts'

/** What Envoy advises for clients that are not trusted: each of them holds a bounded amount of memory. */
const settings = { maxConcurrentStreams: 100, initialWindowSize: 65_535, maxHeaderListSize: 60 * 1024 }
const connectionWindow = 1024 * 1024

export interface Http2Connections {
  take(socket: Socket): void
  /** Lets requests that are on their way or under way finish, and takes no others. */
  drain(): void
  destroy(): void
}

/** Connections on which every stream goes to `handle`; one that does not move for `idleMs` is closed. */
export function http2Connections(handle: Handle, idleMs: number): Http2Connections {
  const sessions = new Set<ServerHttp2Session>()
  const server: Http2Server = createServer({ settings })
  server.setTimeout(idleMs)
  server.on('timeout', (session: ServerHttp2Session) => session.close())
  server.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize(connectionWindow)
    limitControlFrames(session)
    session.on('close', () => sessions.delete(session))
  })
  // The library has closed the connection already.
  server.on('sessionError', () => undefined)
  server.on('stream', (stream: ServerHttp2Stream, _headers: unknown, flags: number, raw: readonly string[]) =>
    handle(new Http2Client(stream, raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0, idleMs)),
  )
  return {
    take: (socket) => void server.emit('connection', socket),
    drain() {
      for (const session of sessions) leaveSession(session)
    },
    destroy() {
      for (const session of sessions) session.destroy()
    },
  }
}
