/** The answer to a client: one only, the proxy's own or one that is passed on. */
import type { HeaderChanges } from '@bookinfo/rules/decision'
import { changed } from '@bookinfo/rules/header-changes'
import type { IncomingHttpHeaders } from 'node:http'
import type { Headers } from '../tracing/b3.ts'
import type { Attempt } from './attempt.ts'
import type { ClientSide } from './client-side.ts'
import { isEmpty } from './headers.ts'
import { grpcReply } from './local-replies.ts'

export class Downstream {
  readonly #client: ClientSide
  /** What the `server` header says: `istio-envoy` at the mesh's edge, `envoy` inside. */
  readonly #server: string
  /** 0 until an answer begins. */
  status = 0
  bytesSent = 0

  constructor(client: ClientSide, server: string) {
    this.#client = client
    this.#server = server
  }

  /** The proxy's own answer, in Envoy's form. */
  reply(status: number, body: string, extra: readonly (readonly [string, string])[] = [], changes?: HeaderChanges) {
    const headers: Headers = Object.create(null)
    for (const [name, value] of extra) headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value]
    headers['content-length'] = [String(Buffer.byteLength(body))]
    if (body !== '') headers['content-type'] ??= ['text/plain']
    this.begin(status, headers, changes, body === '')
    this.bytesSent = Buffer.byteLength(body)
    this.#client.end(body)
  }

  /** The same to a client of gRPC: its code stands in the headers, and what would be the body is its message. */
  replyGrpc(code: number, message: string, extra: readonly (readonly [string, string])[] = [], changes?: HeaderChanges) {
    const headers: Headers = Object.create(null)
    for (const [name, value] of extra) headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value]
    for (const [name, value] of Object.entries(grpcReply(code, message))) headers[name] = [value]
    this.begin(200, headers, changes, true)
    this.#client.end(undefined)
  }

  /** Status and headers of an answer; `only` when nothing follows. */
  begin(status: number, headers: Headers, changes?: HeaderChanges, only = false) {
    this.status = status
    if (status === 204) delete headers['content-length']
    this.#client.begin(status, this.dress(headers, changes), only)
  }

  dress(headers: Headers, changes?: HeaderChanges): Headers {
    headers['server'] = [this.#server]
    return changes && !isEmpty(changes) ? changed(headers, changes) : headers
  }

  /** Passes on a piece of `attempt`'s answer, and holds the attempt back while the client is slow. */
  write(attempt: Attempt, chunk: Buffer) {
    this.bytesSent += chunk.length
    if (this.#client.write(chunk)) return
    attempt.pause()
    this.#client.onDrain(() => attempt.resume())
  }

  end(trailers: IncomingHttpHeaders) {
    this.#client.end(undefined, trailers)
  }
}
