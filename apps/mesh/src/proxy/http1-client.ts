/** A client that speaks HTTP/1.1 or 1.0. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Headers } from '../tracing/b3.ts'
import { badRequest } from './bad-request.ts'
import type { ClientSide } from './client-side.ts'
import type { Door } from './door.ts'
import { flat } from './headers.ts'
import { tunnel } from './tunnel.ts'

/** How long the rest of a request's body may take to arrive when its answer did not wait for it (ms). */
const restOfBodyMs = 1_000

export class Http1Client implements ClientSide {
  readonly #raw: IncomingMessage
  readonly #res: ServerResponse
  readonly upgrade: string | undefined
  readonly trailers = undefined
  /** Whether anything follows the headers already. */
  #moved = false

  constructor(raw: IncomingMessage, res: ServerResponse, upgrade?: string) {
    this.#raw = raw
    this.#res = res
    this.upgrade = upgrade
  }

  get protocol() {
    return `HTTP/${this.#raw.httpVersion}`
  }

  get method() {
    return this.#raw.method ?? 'GET'
  }

  get target() {
    return this.#raw.url ?? '/'
  }

  get host() {
    return this.#raw.headers.host
  }

  get rawHeaders() {
    return this.#raw.rawHeaders
  }

  get connection() {
    return this.#raw.headers.connection
  }

  get socket() {
    return this.#raw.socket
  }

  get body() {
    const { headers } = this.#raw
    const announced = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
    return announced ? this.#raw : undefined
  }

  get begun() {
    return this.#res.headersSent
  }

  get complete() {
    return this.#res.writableEnded
  }

  problem(door: Door) {
    return badRequest(this.#raw, door, this.upgrade)
  }

  begin(status: number, headers: Headers) {
    // Node refuses to announce trailers where none can follow.
    if (headers['trailer'] && !this.#isChunked(status, headers)) delete headers['trailer']
    this.#res.writeHead(status, flat(headers))
    // Node keeps headers back until there is a body, which may be long in coming.
    process.nextTick(() => this.#moved || this.#res.flushHeaders())
  }

  #isChunked(status: number, headers: Headers): boolean {
    const { httpVersion, method } = this.#raw
    return httpVersion === '1.1' && method !== 'HEAD' && status !== 204 && status !== 304 && !headers['content-length']
  }

  write(chunk: Buffer): boolean {
    this.#moved = true
    return this.#res.write(chunk)
  }

  onDrain(listener: () => void) {
    this.#res.once('drain', listener)
  }

  end(body: string | undefined, trailers: IncomingHttpHeaders = {}) {
    for (const name in trailers) this.#res.addTrailers({ [name]: String(trailers[name]) })
    this.#moved = true
    this.#res.end(body)
    this.#dropRestOfBody()
  }

  cut() {
    this.#moved = true
    this.#res.destroy()
  }

  reset() {
    this.#raw.socket.resetAndDestroy()
  }

  onClose(listener: () => void) {
    this.#res.on('close', listener)
  }

  tunnel(headers: Headers, upstream: Duplex, onOver: () => void) {
    tunnel(this.#res, headers, this.upgrade ?? '', upstream, onOver)
  }

  /** After an early answer the proxy does not wait for an endless body: it reads the rest for a moment, then closes the connection. */
  #dropRestOfBody() {
    const raw = this.#raw
    if (raw.complete || raw.headers.upgrade !== undefined) return
    raw.resume()
    // Timers come before the network: what arrived while this process was held up is read first.
    const timer = setTimeout(() => setImmediate(() => raw.complete || raw.destroy()), restOfBodyMs)
    raw.once('close', () => clearTimeout(timer))
  }
}
