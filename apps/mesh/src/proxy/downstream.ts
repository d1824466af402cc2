/** The client's side of an exchange: one answer, the proxy's own or one that is passed on. */
import type { HeaderChanges } from '@bookinfo/rules/decision'
import { changed } from '@bookinfo/rules/header-changes'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Headers } from '../tracing/b3.ts'
import type { Attempt } from './attempt.ts'
import { flat, isEmpty } from './headers.ts'

/** How long the rest of a request's body may take to arrive when its answer did not wait for it (ms). */
const restOfBodyMs = 1_000

export class Downstream {
  readonly #raw: IncomingMessage
  readonly #res: ServerResponse
  /** What the `server` header says: `istio-envoy` at the mesh's edge, `envoy` inside. */
  readonly #server: string
  /** 0 until an answer begins. */
  status = 0
  bytesSent = 0
  /** Whether anything follows the headers already. */
  #moved = false

  constructor(raw: IncomingMessage, res: ServerResponse, server: string) {
    this.#raw = raw
    this.#res = res
    this.#server = server
  }

  /** Whether an answer has begun: too late for another one. */
  get begun(): boolean {
    return this.#res.headersSent
  }

  /** Whether every byte of the answer has been handed over. */
  get complete(): boolean {
    return this.#res.writableEnded
  }

  /** The proxy's own answer, in Envoy's form. */
  reply(status: number, body: string, extra: readonly (readonly [string, string])[] = [], changes?: HeaderChanges) {
    const headers: Headers = Object.create(null)
    for (const [name, value] of extra) headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value]
    headers['content-length'] = [String(Buffer.byteLength(body))]
    if (body !== '') headers['content-type'] ??= ['text/plain']
    this.begin(status, headers, changes)
    this.bytesSent = Buffer.byteLength(body)
    this.#moved = true
    this.#res.end(body)
    this.#dropRestOfBody()
  }

  /** Status and headers of an answer that follows. */
  begin(status: number, headers: Headers, changes?: HeaderChanges) {
    this.status = status
    if (status === 204) delete headers['content-length']
    // Node refuses to announce trailers where none can follow.
    if (headers['trailer'] && !this.#isChunked(status, headers)) delete headers['trailer']
    this.#res.writeHead(status, flat(this.dress(headers, changes)))
    // Node keeps headers back until there is a body, which may be long in coming.
    process.nextTick(() => this.#moved || this.#res.flushHeaders())
  }

  #isChunked(status: number, headers: Headers): boolean {
    const { httpVersion, method } = this.#raw
    return httpVersion === '1.1' && method !== 'HEAD' && status !== 204 && status !== 304 && !headers['content-length']
  }

  dress(headers: Headers, changes?: HeaderChanges): Headers {
    headers['server'] = [this.#server]
    return changes && !isEmpty(changes) ? changed(headers, changes) : headers
  }

  /** Passes on a piece of `attempt`'s answer, and holds the attempt back while the client is slow. */
  write(attempt: Attempt, chunk: Buffer) {
    this.bytesSent += chunk.length
    this.#moved = true
    if (this.#res.write(chunk)) return
    attempt.pause()
    this.#res.once('drain', () => attempt.resume())
  }

  end(trailers: IncomingHttpHeaders) {
    for (const name in trailers) this.#res.addTrailers({ [name]: String(trailers[name]) })
    this.#moved = true
    this.#res.end()
    this.#dropRestOfBody()
  }

  /** Ends an answer that cannot be finished so that the client sees that it is not whole. */
  cut() {
    this.#moved = true
    this.#res.destroy()
  }

  /** No answer at all: what a connection gets that should not have been made. */
  reset() {
    this.#raw.socket.resetAndDestroy()
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
