/** What a probe sends by HTTP/2 without TLS, plain or gRPC: statuses, headers and trailers of the answer as they came. */
import { fromJsonString, toBinary, toJson, fromBinary, type DescMethod, type JsonValue } from '@bufbuild/protobuf'
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { registry } from '../grpc/descriptors.ts'
import { keptBody, resultOf, type CallOrder, type Caller, type CallResult } from './order.ts'

/** Sends `order` over as many connections as it has requests at a time. `detour` is the address to dial instead of the host's. */
export function http2Caller(order: CallOrder, detour: string | undefined): Caller {
  const idle: ClientHttp2Session[] = []
  const isGrpc = order.url.startsWith('grpc://')

  function session(authority: string) {
    for (let kept = idle.pop(); kept; kept = idle.pop()) if (!kept.closed && !kept.destroyed) return kept
    // What goes wrong with a connection is reported by the streams on it.
    return connect(`http://${detour ?? authority}`).on('error', () => {})
  }

  return {
    async one(numbered) {
      const [, authority = '', path = '/'] = /^[a-z]+:\/\/([^/]+)(.*)$/.exec(numbered(order.url)) ?? []
      const headers: OutgoingHttpHeaders = { ':method': order.method, ':path': path, ':authority': authority, ':scheme': 'http' }
      for (const name in order.headers) {
        const lower = name.toLowerCase()
        headers[lower === 'host' ? ':authority' : lower] = numbered(order.headers[name]!)
      }
      const body = order.body === undefined ? undefined : numbered(order.body)
      const used = session(authority)
      try {
        const exchange = new Exchange(used, order.timeoutMs)
        return isGrpc ? await grpc(exchange, path, headers, body ?? '{}') : await plain(exchange, headers, body)
      } finally {
        idle.push(used)
      }
    },
    async close() {
      for (const kept of idle) kept.destroy()
    },
  }
}

type Outcome = Omit<CallResult, 'at' | 'ms'>

async function plain(exchange: Exchange, headers: OutgoingHttpHeaders, body: string | undefined): Promise<Outcome> {
  exchange.begin(headers, body === undefined)
  if (body !== undefined) exchange.stream.end(body)
  await exchange.over
  const bytes = Buffer.concat(exchange.chunks)
  return {
    ...resultOf(exchange.status, exchange.headers),
    body: bytes.subarray(0, keptBody).toString(),
    bytes: bytes.length,
    ...(Object.keys(exchange.trailers).length > 0 && { trailers: exchange.trailers }),
  }
}

/** `text` is the request as JSON, or a list of requests for a method that takes a stream. Of two open directions each turn waits for its answer. */
async function grpc(exchange: Exchange, path: string, headers: OutgoingHttpHeaders, text: string): Promise<Outcome> {
  const method = methodAt(path)
  const parsed = JSON.parse(text) as JsonValue
  const requests = (Array.isArray(parsed) ? parsed : [parsed]).map((message) =>
    framed(toBinary(method.input, fromJsonString(method.input, JSON.stringify(message)))),
  )
  exchange.begin({ ...headers, ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }, false)
  for (const [turn, request] of requests.entries()) {
    exchange.stream.write(request)
    if (method.methodKind === 'bidi_streaming') await exchange.until(() => messagesIn(exchange.chunks).length > turn)
  }
  exchange.stream.end()
  await exchange.over
  const answers = messagesIn(exchange.chunks).map((bytes) => toJson(method.output, fromBinary(method.output, bytes)))
  const end = exchange.trailers['grpc-status'] === undefined ? exchange.headers : exchange.trailers
  const streams = method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming'
  const body = JSON.stringify(streams ? answers : (answers[0] ?? null))
  return {
    ...resultOf(exchange.status, exchange.headers),
    body: body.slice(0, keptBody),
    bytes: body.length,
    trailers: exchange.trailers,
    grpcStatus: Number(end['grpc-status'] ?? -1),
    grpcMessage: decodeURIComponent(String(end['grpc-message'] ?? '')),
  }
}

function methodAt(path: string): DescMethod {
  const [, service = '', name = ''] = path.split('/')
  const method = registry.getService(service)?.methods.find((one) => one.name === name)
  if (!method) throw new Error(`no method ${path}`)
  return method
}

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function messagesIn(chunks: readonly Buffer[]): Buffer[] {
  const messages: Buffer[] = []
  let rest = Buffer.concat(chunks)
  while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
    const end = 5 + rest.readUInt32BE(1)
    messages.push(rest.subarray(5, end))
    rest = rest.subarray(end)
  }
  return messages
}

class Exchange {
  status = 0
  headers: IncomingHttpHeaders = {}
  trailers: IncomingHttpHeaders = {}
  readonly chunks: Buffer[] = []
  readonly over: Promise<void>
  stream!: ReturnType<ClientHttp2Session['request']>
  readonly #session: ClientHttp2Session
  readonly #timeoutMs: number
  readonly #settle = Promise.withResolvers<void>()
  #woken = () => {}
  #isOver = false

  constructor(session: ClientHttp2Session, timeoutMs: number) {
    this.#session = session
    this.#timeoutMs = timeoutMs
    this.over = this.#settle.promise
    this.over.catch(() => {})
  }

  begin(headers: OutgoingHttpHeaders, endStream: boolean) {
    this.stream = this.#session.request(headers, { endStream })
    const fail = (error: NodeJS.ErrnoException) => {
      // Where there is no connection, its error says more than that of the stream.
      this.#settle.reject(error.cause ?? error)
      this.#isOver = true
      this.#woken()
    }
    const timer = setTimeout(() => {
      fail(Object.assign(new Error('timeout'), { code: 'timeout' }))
      this.stream.close(constants.NGHTTP2_CANCEL)
    }, this.#timeoutMs)
    this.stream.on('response', (received) => {
      this.status = received[':status'] ?? 0
      this.headers = withoutPseudo(received)
    })
    this.stream.on('trailers', (received) => (this.trailers = withoutPseudo(received)))
    this.stream.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.#woken()
    })
    this.stream.on('error', fail)
    this.stream.on('aborted', () => fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' })))
    this.stream.on('close', () => {
      clearTimeout(timer)
      if (this.status === 0 || this.stream.rstCode !== 0) fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      this.#settle.resolve()
      this.#isOver = true
      this.#woken()
    })
  }

  /** Waits until `met`, or until the exchange is over. */
  async until(met: () => boolean) {
    while (!met() && !this.#isOver) await new Promise<void>((resolve) => (this.#woken = resolve))
  }
}

const withoutPseudo = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':'))) as IncomingHttpHeaders
