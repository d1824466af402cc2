/** The HTTP server below Fastify: its limits, and the answers to what never becomes a request of the application. */
import { errorTable, type ErrorCode } from '@bookinfo/contracts/errors'
import { STATUS_CODES, createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import { chooseByFirstBytes } from '@bookinfo/contracts/first-bytes'
import { http2Server, type GrpcListener, type Http2Server } from './http2-server.ts'

/** The last two answers that were begun on a connection, the newest first: answers leave in the order of their requests. */
const answers = Symbol('answers')
type Connection = Socket & { [answers]?: [ServerResponse, ServerResponse | undefined] }

export interface ServiceServer extends Server {
  /** Asks clients of HTTP/2 to open no more streams; those of HTTP/1.1 read it in their next answer. */
  drain(): void
}

/** Milliseconds. */
const usual = {
  /** That a whole request may take to arrive. */
  requestTimeout: 30_000,
  /** Without a byte, that end a connection of HTTP/1.1 with a request on it, and the time to read an answer of HTTP/2. */
  silence: 60_000,
  /** Without a request. Longer than the hour that Envoy keeps a connection to an application: a server that closes first may lose a request on its way. */
  keepAliveTimeout: 70 * 60_000,
}
type Limits = typeof usual

/**
 * A server of HTTP/1.1 and HTTP/2 that gives its requests to `listener`, and those of gRPC to `grpc()` where there is one.
 * `allow` says which methods there are, for a CONNECT.
 */
export function httpServer(
  listener: RequestListener,
  allow: () => string,
  grpc: () => GrpcListener | undefined = () => undefined,
  limits: Limits = usual,
): ServiceServer {
  const accept = (request: IncomingMessage, response: ServerResponse) => {
    const connection: Connection = request.socket
    connection[answers] = [response, connection[answers]?.[0]]
    toOriginForm(request)
    listener(request, response)
  }
  const server = createServer(
    {
      keepAliveTimeout: limits.keepAliveTimeout,
      requestTimeout: limits.requestTimeout,
      // A missing Host is refused with all else that is wrong with a request, and in the same shape.
      requireHostHeader: false,
    },
    accept,
  )
  server.setTimeout(limits.silence)
  server.on('checkExpectation', accept)
  server.on('connect', (_request, socket: Connection) => {
    // Node listens no longer: a client that is gone would be an error that ends the process.
    socket.on('error', () => socket.destroy())
    after(socket[answers]?.[0], () => end(socket, 'METHOD_NOT_ALLOWED', `allow: ${allow()}\r\n`))
  })
  server.on('clientError', answerUnreadable)
  return withHttp2(server, listener, allow, grpc, limits)
}

/** Closing `server` closes its connections of HTTP/2 too, in the same ways. */
function withHttp2(
  server: Server,
  listener: RequestListener,
  allow: () => string,
  grpc: () => GrpcListener | undefined,
  { silence, requestTimeout, keepAliveTimeout }: Limits,
): ServiceServer {
  const refuseTunnel = (response: Http2ServerResponse) => {
    const { status, body } = answerTo('METHOD_NOT_ALLOWED')
    response.writeHead(status, { allow: allow(), ...commonHeaders }).end(body)
  }
  // Made for the first connection that wants it: a service that no client speaks HTTP/2 to stays as small as it was.
  let http2: Http2Server | undefined
  const limits = { readMs: silence, requestMs: requestTimeout, idleMs: keepAliveTimeout }
  const undecided = chooseByFirstBytes(server, {
    http2(socket) {
      http2 ??= http2Server(listener, refuseTunnel, grpc, limits)
      http2.accept(socket)
    },
    silent: (socket) => end(socket, 'REQUEST_TIMEOUT'),
    limitMs: requestTimeout,
  })
  const closeIdle = server.closeIdleConnections.bind(server)
  const closeAll = server.closeAllConnections.bind(server)
  const closeUndecided = () => {
    for (const socket of undecided) socket.destroy()
  }
  return Object.assign(server, {
    drain: () => http2?.drain(),
    closeIdleConnections() {
      closeUndecided()
      http2?.drain()
      closeIdle()
    },
    closeAllConnections() {
      closeUndecided()
      http2?.destroy()
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

const commonHeaders = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' }

function answerTo(code: ErrorCode) {
  const { status, message } = errorTable[code]
  return { status, body: JSON.stringify({ error: message }) }
}

/** Ends the connection with an error of the one shape. */
function end(socket: Socket, code: ErrorCode, headers = '') {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { status, body } = answerTo(code)
  const common = Object.entries(commonHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}${common.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
  // What is sent after it is read and forgotten: a connection that closes over unread bytes may take the answer with it.
  socket.resume()
  setTimeout(() => socket.destroy(), lingering).unref()
}
