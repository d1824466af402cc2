/** Both sides of a proxy that speaks HTTP/2: clients, and pods whose streams a test handles. */
import { once } from 'node:events'
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export interface Http2Answer {
  headers: IncomingHttpHeaders & { ':status'?: number | undefined }
  body: string
  trailers: IncomingHttpHeaders
  /** Whether the headers ended the stream. */
  headersOnly: boolean
  /** Error code of the reset that ended it, 0 for none. */
  reset: number
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A connection to a port of this machine. */
export function session(port: number): ClientHttp2Session {
  const made = connect(`http://127.0.0.1:${port}`)
  made.on('error', () => undefined)
  closing.push(() => made.destroy())
  return made
}

/** What comes of a stream. */
export async function answerTo(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const answer: Http2Answer = { headers: {}, body: '', trailers: {}, headersOnly: false, reset: 0 }
  stream.on('response', (headers, flags) => {
    answer.headers = headers
    answer.headersOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
  })
  stream.on('trailers', (trailers) => (answer.trailers = trailers))
  stream.on('data', (chunk: Buffer) => (answer.body += chunk.toString()))
  stream.on('error', () => undefined)
  await new Promise((resolve) => stream.on('close', resolve))
  answer.reset = stream.rstCode ?? 0
  return answer
}

/** One request on its own connection. */
export async function ask(port: number, headers: OutgoingHttpHeaders, body?: string): Promise<Http2Answer> {
  const connection = session(port)
  const stream = connection.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const answer = await answerTo(stream)
  connection.destroy()
  return answer
}

/** A call of gRPC, `/SERVICE/METHOD`. Its message is whatever bytes. */
export const grpc = (path: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({
  ':method': 'POST',
  ':path': path,
  'content-type': 'application/grpc',
  te: 'trailers',
  ...more,
})

export interface Http2Pod {
  port: number
  streams: { headers: IncomingHttpHeaders; stream: ServerHttp2Stream }[]
  sessions: ServerHttp2Session[]
}

/** A server without TLS, whose streams `onStream` answers. */
export async function http2Pod(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => unknown,
  settings: Settings = {},
): Promise<Http2Pod> {
  const pod: Http2Pod = { port: 0, streams: [], sessions: [] }
  const server = createServer({ settings }, undefined)
  server.on('session', (made) => void pod.sessions.push(made))
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined)
    pod.streams.push({ headers, stream })
    onStream(stream, headers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  pod.port = (server.address() as AddressInfo).port
  closing.push(() => {
    server.close()
    for (const each of pod.sessions) each.destroy()
  })
  return pod
}

/** Answers a call of gRPC as its servers do: bytes, then the code in trailers. */
export const grpcAnswer =
  (code: number, message = 'message') =>
  (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(code) }))
    stream.end(message)
  }

/** A code without a message: the headers say it all. */
export const grpcError = (code: number) => (stream: ServerHttp2Stream) =>
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code) }, { endStream: true })
