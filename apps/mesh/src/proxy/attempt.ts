/** One try of a request at one address. Says what became of it exactly once, and nothing after it was abandoned. */
import type { Endpoint } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors, type Dispatcher } from 'undici'
import type { TraceContext } from '../tracing/b3.ts'

/** Why no connection came about. The last three are of TLS that the proxy begins. */
export type ConnectFailure = 'refused' | 'connect timeout' | 'unverified' | 'no TLS' | 'closed handshake'

/** Why no answer came. `refused stream` happened before a byte was looked at. */
export type Failure = ConnectFailure | 'reset' | 'remote reset' | 'refused stream' | 'protocol error' | 'bad request'

/** Who waits for the answer. `onEnd` and `onFailure` are the last calls. */
export interface AttemptListener {
  onAnswer(attempt: Attempt, status: number, headers: IncomingHttpHeaders): void
  onData(attempt: Attempt, chunk: Buffer): void
  onEnd(attempt: Attempt, trailers: IncomingHttpHeaders): void
  onFailure(attempt: Attempt, failure: Failure): void
  onUpgrade(attempt: Attempt, status: number, headers: IncomingHttpHeaders, socket: Duplex): void
}

/** What can be done to a request that has been sent. */
export type Controller = Pick<Dispatcher.DispatchController, 'abort' | 'pause' | 'resume'>

export class Attempt implements Dispatcher.DispatchHandler {
  readonly endpoint: Endpoint | undefined
  /** The destination's SERVER span. */
  readonly trace: TraceContext | undefined
  /** ms, of `performance.now()`. */
  readonly startedAt = performance.now()
  status = 0
  answerBytes = 0
  /** How the request was sent. */
  protocol: 'HTTP/1.1' | 'HTTP/2' = 'HTTP/1.1'
  /** What a gRPC call was answered, as far as it has been. */
  grpcStatus: number | undefined
  /** Whether the answer is over with its headers. */
  headersOnly = false
  /** Extra tags of the destination's span. */
  tags: Readonly<Record<string, string>> | undefined
  #listener: AttemptListener | undefined
  #controller: Controller | undefined
  #connected = false

  constructor(listener: AttemptListener, endpoint: Endpoint | undefined, trace: TraceContext | undefined) {
    this.#listener = listener
    this.endpoint = endpoint
    this.trace = trace
  }

  /** Whether anybody still waits. */
  get live(): boolean {
    return this.#listener !== undefined
  }

  /** Ends the try without a further word; its connection is closed, since an answer may still be on its way. */
  abandon() {
    this.#listener = undefined
    this.#controller?.abort(abandoned)
  }

  /** An answer that the destination's proxy gives by itself. */
  answer(status: number, headers: IncomingHttpHeaders, body: string) {
    this.headersOnly = body === ''
    this.grpcStatus = codeIn(headers)
    this.#listener?.onAnswer(this, status, headers)
    const chunk = Buffer.from(body)
    if (chunk.length > 0) this.onResponseData(undefined, chunk)
    this.onResponseEnd(undefined, {})
  }

  fail(failure: Failure) {
    const listener = this.#listener
    this.#listener = undefined
    listener?.onFailure(this, failure)
  }

  pause() {
    this.#controller?.pause()
  }

  resume() {
    this.#controller?.resume()
  }

  onRequestStart(controller: Controller) {
    this.#controller = controller
    this.#connected = true
    if (!this.#listener) controller.abort(abandoned)
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders) {
    // 100 has been answered already, and no client waits for hints.
    if (status < 200) return
    this.grpcStatus = codeIn(headers)
    this.#listener?.onAnswer(this, status, headers)
  }

  onResponseData(_controller: unknown, chunk: Buffer) {
    this.answerBytes += chunk.length
    this.#listener?.onData(this, chunk)
  }

  onResponseEnd(_controller: unknown, trailers: IncomingHttpHeaders) {
    const listener = this.#listener
    this.#listener = undefined
    this.grpcStatus ??= codeIn(trailers)
    listener?.onEnd(this, trailers)
  }

  onRequestUpgrade(_controller: unknown, status: number, headers: IncomingHttpHeaders, socket: Duplex) {
    const listener = this.#listener
    this.#listener = undefined
    if (listener) listener.onUpgrade(this, status, headers, socket)
    else socket.destroy()
  }

  onResponseError(_controller: unknown, error: Error) {
    if (error instanceof errors.InvalidArgumentError) this.fail('bad request')
    else if (error instanceof errors.ConnectTimeoutError) this.fail('connect timeout')
    else if (unreadable.some((type) => error instanceof type)) this.fail('protocol error')
    else this.fail(this.#connected ? 'reset' : connectFailureOf(error))
  }
}

const unreadable = [errors.HTTPParserError, errors.HeadersOverflowError, errors.ResponseContentLengthMismatchError]

/** By the code that Node or OpenSSL gives an error before the connection is there. */
export function connectFailureOf(error: NodeJS.ErrnoException | undefined): ConnectFailure {
  const code = error?.code ?? ''
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'no TLS'
  if (code === 'ECONNRESET' || code.startsWith('ERR_SSL_')) return 'closed handshake'
  return /CERT|CRL|LEAF_SIGNATURE|^INVALID_(?:CA|PURPOSE)$/.test(code) ? 'unverified' : 'refused'
}

/** The code that an answer's headers or trailers say. */
function codeIn(fields: IncomingHttpHeaders): number | undefined {
  const code = fields['grpc-status']
  return typeof code === 'string' && /^\d{1,3}$/.test(code) ? Number(code) : undefined
}

const abandoned = new errors.RequestAbortedError('abandoned')
