/** HTTP/2 below Fastify: connections that the HTTP/1.1 server gave away, their limits, and how they end without losing a stream. */
import { leaveSession, limitControlFrames } from '@bookinfo/contracts/http2-sessions'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'

export type GrpcListener = (request: Http2ServerRequest, response: Http2ServerResponse) => void

export interface Http2Server {
  /** Serves a connection whose preface waits in its buffer. */
  accept(socket: Socket): void
  /** Asks every client to open no more streams on its connection, which closes after the last one. */
  drain(): void
  /** Closes connections whatever is open on them. */
  destroy(): void
}

export interface Http2Limits {
  /** Milliseconds that a client gets to read an answer that is complete, twice that at most. */
  readMs: number
  /** Milliseconds that the body of a request may take. */
  requestMs: number
  /** Milliseconds that a connection without a stream is kept. */
  idleMs: number
}

/** Gives requests to `listener` in the shape of HTTP/1.1's, those for a tunnel, which have no path, to `connect`, and those of gRPC to `grpc()`, where there is one. */
export function http2Server(
  listener: RequestListener,
  connect: (response: Http2ServerResponse) => void,
  grpc: () => GrpcListener | undefined,
  { readMs, requestMs, idleMs }: Http2Limits,
): Http2Server {
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer({
    // More than the application allows, so that what is a little too much is answered and not reset.
    settings: { maxHeaderListSize: 64 * 1024, maxConcurrentStreams: 256, enablePush: false },
    maxSessionMemory: 10,
    maxSessionInvalidFrames: 10,
  })

  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.setTimeout(requestMs, () => session.destroy())
    session.once('stream', () => session.setTimeout(idleMs))
    limitControlFrames(session)
  })
  // The connection is closed by then: what a client did to it is not an error of the service.
  server.on('sessionError', () => {})

  const serve = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const { stream, headers } = request
    // What asks for the host asks for it by this name.
    if (headers[':authority'] !== undefined) headers.host ??= headers[':authority']
    limitReading(stream, response, readMs)
    // Its streams may stay open as long as both sides like.
    const grpcListener = grpc()
    if (grpcListener && headers['content-type']?.startsWith('application/grpc')) return grpcListener(request, response)
    // Fastify looks for a length or a coding to see whether there is a body: HTTP/2 needs neither of them.
    if (!stream.endAfterHeaders) {
      headers['transfer-encoding'] ??= 'chunked'
      const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), requestMs)
      request.once('end', () => clearTimeout(late))
      stream.once('close', () => clearTimeout(late))
    }
    return listener(request as unknown as IncomingMessage, response as unknown as ServerResponse)
  }
  server.on('request', serve)
  server.on('checkExpectation', serve)
  server.on('connect', (_request: Http2ServerRequest, response: Http2ServerResponse) => connect(response))

  return {
    accept: (socket) => server.emit('connection', socket),
    drain() {
      for (const session of sessions) leaveSession(session)
    },
    destroy() {
      for (const session of sessions) session.destroy()
    },
  }
}

/** Node's own timeout of a stream does not do: a client that opens no window and sends pings would keep it from coming. */
function limitReading(stream: ServerHttp2Stream, response: Http2ServerResponse, limitMs: number) {
  let endedBefore = false
  const timer = setInterval(() => {
    if (endedBefore) stream.close(constants.NGHTTP2_CANCEL)
    endedBefore = response.writableEnded
  }, limitMs)
  stream.once('close', () => clearInterval(timer))
}

/** Whether `request` came by HTTP/2 and not in the words of HTTP/1. */
export const isHttp2 = (request: IncomingMessage): request is IncomingMessage & Http2ServerRequest => 'stream' in request
