/** The HTTP server below Fastify: its limits, and the answers to what never becomes a request of the application. */
import { errorTable, type ErrorCode } from '@bookinfo/contracts/errors'
import { STATUS_CODES, createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { chooseByFirstBytes } from './first-bytes.ts'
import { http2Server } from './http2-server.ts'

/** The last two answers that were begun on a connection, the newest first: answers leave in the order of their requests. */
const answers = Symbol('answers')
type Connection = Socket & { [answers]?: [ServerResponse, ServerResponse | undefined] }

export interface ServiceServer extends Server {
  /** Asks clients of HTTP/2 to open no more streams; those of HTTP/1.1 read it in their next answer. */
  drain(): void
}

/** Milliseconds that a whole request may take to arrive. */
const requestTimeout = 30_000

/** Milliseconds of silence that end a connection of HTTP/1.1 or a stream of HTTP/2 with a request on it. */
const silence = 60_000

/** Longer than the hour that Envoy keeps a connection to an application: a server that closes first may lose a request on its way. */
const keepAliveTimeout = 70 * 60_000

/** A server of HTTP/1.1 and HTTP/2 that gives its requests to `listener`. `allow` says which methods there are, for a CONNECT. */
export function httpServer(listener: RequestListener, allow: () => string): ServiceServer {
  const accept = (request: IncomingMessage, response: ServerResponse) => {
    const connection: Connection = request.socket
    connection[answers] = [response, connection[answers]?.[0]]
    toOriginForm(request)
    listener(request, response)
  }
  const server = createServer(
    {
      keepAliveTimeout,
      requestTimeout,
      // A missing Host is refused with all else that is wrong with a request, and in the same shape.
      requireHostHeader: false,
    },
    accept,
  )
  server.setTimeout(silence)
  server.on('checkExpectation', accept)
  server.on('connect', (_request, socket: Connection) => {
    // Node listens no longer: a client that is gone would be an error that ends the process.
    socket.on('error', () => socket.destroy())
    after(socket[answers]?.[0], () => end(socket, 'METHOD_NOT_ALLOWED', `allow: ${allow()}\r\n`))
  })
  server.on('clientError', answerUnreadable)
  return withHttp2(server, listener)
}

/** Closing `server` closes its connections of HTTP/2 too, in the same ways. */
function withHttp2(server: Server, listener: RequestListener): ServiceServer {
  const http2 = http2Server(listener, { silentStreamMs: silence, requestMs: requestTimeout, idleMs: keepAliveTimeout })
  const undecided = chooseByFirstBytes(server, {
    http2: http2.accept,
    silent: (socket) => end(socket, 'REQUEST_TIMEOUT'),
    limitMs: requestTimeout,
  })
  const closeIdle = server.closeIdleConnections.bind(server)
  const closeAll = server.closeAllConnections.bind(server)
  const closeUndecided = () => {
    for (const socket of undecided) socket.destroy()
  }
  return Object.assign(server, {
    drain: () => http2.drain(),
    closeIdleConnections() {
      closeUndecided()
      http2.drain()
      closeIdle()
    },
    closeAllConnections() {
      closeUndecided()
      http2.destroy()
      closeAll()
    },
  })
}

/** `http://host/path` is how a client asks a proxy; a server has to understand it, and the host in it replaces the Host header. */
function toOriginForm(request: IncomingMessage) {
  const [, host, rest] = (request.url?.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? '')) ?? []
  if (host === undefined || rest === undefined) return
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  if (request.headers.host !== undefined) request.headers.host = host
}

/** What cannot even be parsed as a request is answered too, unless the client is gone. */
function answerUnreadable(error: Error & { code?: string }, socket: Connection) {
  if (error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [last, earlier] = socket[answers] ?? []
  // It may be the body of the last request that cannot be read: then there is no other answer to that one.
  const itsBody = last?.req.complete === false
  if (itsBody && last.headersSent) after(last, () => socket.destroySoon())
  else after(itsBody ? earlier : last, () => end(socket, unreadable[error.code ?? ''] ?? 'INVALID_REQUEST'))
}

const unreadable: Record<string, ErrorCode> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** Milliseconds that a client gets to read the last answer and to close the connection. */
const lingering = 5000

/** Does `then` once `answer`, if there is one, has left or cannot leave any more. */
function after(answer: ServerResponse | undefined, then: () => void) {
  if (answer && !answer.writableFinished) answer.once('close', then)
  else then()
}

/** Ends the connection with an error of the one shape. */
function end(socket: Socket, code: ErrorCode, headers = '') {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, message } = errorTable[code]
  const body = JSON.stringify({ error: message })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}content-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  )
  // What is sent after it is read and forgotten: a connection that closes over unread bytes may take the answer with it.
  socket.resume()
  setTimeout(() => socket.destroy(), lingering).unref()
}
