/** A client that speaks HTTP/2: one stream of its connection. */
import type { IncomingHttpHeaders } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Headers } from '../tracing/b3.ts'
import { badAuthority, mostFields } from './bad-request.ts'
import type { ClientSide } from './client-side.ts'
import type { Door } from './door.ts'
import { http2Fields } from './headers.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants

export class Http2Client implements ClientSide {
  readonly protocol = 'HTTP/2'
  readonly upgrade = undefined
  readonly connection = undefined
  readonly method: string
  readonly target: string
  readonly host: string | undefined
  readonly rawHeaders: readonly string[]
  readonly body: ServerHttp2Stream | undefined
  trailers: IncomingHttpHeaders | undefined
  complete = false
  readonly #stream: ServerHttp2Stream
  #answerTrailers: IncomingHttpHeaders = {}
  readonly #idleMs: number
  /** Ends a stream whose client takes nothing of an answer. */
  #stuck: NodeJS.Timeout | undefined

  /** `raw` has the pseudo-header fields too; `only` when no body follows. */
  constructor(stream: ServerHttp2Stream, raw: readonly string[], only: boolean, idleMs: number) {
    this.#stream = stream
    const { pseudo, fields } = split(raw)
    this.method = pseudo[':method'] ?? ''
    this.target = pseudo[':path'] ?? ''
    this.host = pseudo[':authority'] ?? pseudo['host']
    this.rawHeaders = fields
    this.body = only ? undefined : stream
    stream.on('error', () => undefined)
    stream.on('trailers', (trailers: IncomingHttpHeaders) => (this.trailers = trailers))
    stream.on('wantTrailers', () => this.#sendTrailers())
    this.#idleMs = idleMs
    stream.setTimeout(idleMs, this.#cancel)
    stream.on('close', () => clearTimeout(this.#stuck))
    if (pseudo['expect']?.toLowerCase() === '100-continue') stream.additionalHeaders({ ':status': 100 })
  }

  get socket(): Socket {
    return this.#stream.session!.socket
  }

  get begun() {
    return this.#stream.headersSent
  }

  problem({ authority }: Door): number | undefined {
    if (this.rawHeaders.length > 2 * mostFields) return 431
    if (authority === undefined && (this.host === undefined || badAuthority(this.host))) return 400
    return this.method === 'CONNECT' ? 404 : undefined
  }

  begin(status: number, headers: Headers, only: boolean) {
    // The client may have reset its stream meanwhile.
    if (this.#stream.closed || this.#stream.destroyed) return
    const bare = only || status === 204 || status === 304 || this.method === 'HEAD'
    this.#stream.respond(http2Fields(headers, [':status', String(status)]), {
      endStream: bare,
      waitForTrailers: !bare,
      sendDate: true,
    } as object)
    if (bare) this.#afterAnswer()
  }

  write(chunk: Buffer): boolean {
    if (!this.#stream.writable || this.#stream.write(chunk)) return true
    this.#watch()
    return false
  }

  onDrain(listener: () => void) {
    this.#stream.once('drain', () => {
      clearTimeout(this.#stuck)
      listener()
    })
  }

  end(body: string | undefined, trailers: IncomingHttpHeaders = {}) {
    this.complete = true
    this.#answerTrailers = trailers
    if (this.#stream.writable) this.#stream.end(body)
    this.#watch()
  }

  cut() {
    this.#stream.close(NGHTTP2_INTERNAL_ERROR)
  }

  reset() {
    this.#stream.session?.destroy()
  }

  onClose(listener: () => void) {
    this.#stream.on('close', listener)
  }

  tunnel(): never {
    throw new Error('there are no upgrades in HTTP/2')
  }

  readonly #cancel = () => this.#stream.close(NGHTTP2_CANCEL)

  /** Node's own timeout of a stream starts again with every frame that a connection sends: pings would keep it from coming. */
  #watch() {
    clearTimeout(this.#stuck)
    if (!this.#stream.closed) this.#stuck = setTimeout(this.#cancel, this.#idleMs)
  }

  #sendTrailers() {
    // An answer that is cut must not look whole.
    if (!this.complete) return
    this.#stream.sendTrailers(this.#answerTrailers)
    this.#afterAnswer()
  }

  /**
   * After a whole answer nothing more is read of the request (RFC 9113, 8.1). Not at once: a reset that is sent while frames of the client are
   * being read overtakes the answer, which is then lost.
   */
  #afterAnswer() {
    if (this.body && !this.body.readableEnded) setImmediate(() => this.#stream.close(NGHTTP2_NO_ERROR))
  }
}

/** Pseudo-header fields and those that say how a message is framed, apart from all fields. Crumbs of a cookie become one (RFC 9113, 8.2.3). */
function split(raw: readonly string[]) {
  const pseudo: Record<string, string> = {}
  const fields: string[] = []
  let cookie = -1
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i]!, raw[i + 1]!]
    if (name.startsWith(':') || name === 'host' || name === 'expect') pseudo[name] ??= value
    if (name.startsWith(':')) continue
    if (name === 'cookie' && cookie >= 0) fields[cookie] += `; ${value}`
    else {
      if (name === 'cookie') cookie = fields.length + 1
      fields.push(name, value)
    }
  }
  return { pseudo, fields }
}
