/** Connections of HTTP/2 to one address: each carries many requests. Loaded at the first of them. */
import type { ConnectionPool } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { ConnectionOptions } from 'node:tls'
import { connectFailureOf, type Attempt, type Failure } from './attempt.ts'

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants

/** As on the other side: each stream holds a bounded amount of memory, and none of them holds up the others. */
const settings = { enablePush: false, initialWindowSize: 65_535, maxHeaderListSize: 80 * 1024 }
const connectionWindow = 1024 * 1024

export interface Sending {
  method: string
  path: string
  authority: string
  /** Name, value, name, value, … */
  headers: readonly string[]
  body: AsyncIterable<Buffer> | Buffer | null
  /** Fields that follow the body, once it is over. */
  trailers: () => IncomingHttpHeaders | undefined
}

export class Http2Upstream {
  readonly #origin: string
  readonly #policy: ConnectionPool
  readonly #tls: ConnectionOptions | undefined
  readonly #connections = new Set<Connection>()

  constructor(origin: string, policy: ConnectionPool, tls?: ConnectionOptions) {
    this.#origin = origin
    this.#policy = policy
    this.#tls = tls
  }

  dispatch(sending: Sending, attempt: Attempt) {
    this.#free().send(sending, attempt)
  }

  /** Lets requests under way end. */
  close() {
    for (const connection of this.#connections) connection.retire()
  }

  destroy() {
    for (const connection of this.#connections) connection.destroy()
  }

  #free(): Connection {
    for (const connection of this.#connections) if (connection.takesMore) return connection
    const made: Connection = new Connection(this.#origin, this.#policy, this.#tls, () => this.#connections.delete(made))
    this.#connections.add(made)
    return made
  }
}

class Connection {
  readonly #session: ClientHttp2Session
  readonly #policy: ConnectionPool
  readonly #secure: boolean
  #active = 0
  #served = 0
  #usable = true
  #connected = false
  #late = false
  #problem: Error | undefined

  constructor(origin: string, policy: ConnectionPool, tls: ConnectionOptions | undefined, onUnusable: () => void) {
    this.#policy = policy
    this.#secure = tls !== undefined
    const session = connect(origin, { settings, ...tls })
    this.#session = session
    const late = setTimeout(() => {
      this.#late = true
      session.destroy()
    }, policy.connectTimeoutMs)
    const unusable = () => {
      clearTimeout(late)
      this.#usable = false
      onUnusable()
    }
    session.on('connect', () => {
      clearTimeout(late)
      this.#connected = true
      session.setLocalWindowSize(connectionWindow)
      if (policy.ping) keepAsking(session, policy.ping)
    })
    session.on('goaway', unusable)
    session.on('error', (error) => {
      this.#problem = error
      unusable()
    })
    session.on('close', unusable)
    this.retire = () => {
      unusable()
      session.close()
    }
    session.setTimeout(policy.idleTimeoutMs ?? 60_000, () => this.#active === 0 && this.retire())
  }

  /** Takes no more requests, and ends with the last of them. */
  readonly retire: () => void

  destroy() {
    this.#session.destroy()
  }

  get takesMore(): boolean {
    const { maxConcurrentStreams = Infinity } = this.#policy
    const theirs = this.#connected ? (this.#session.remoteSettings.maxConcurrentStreams ?? Infinity) : Infinity
    return this.#usable && !this.#session.closed && !this.#session.destroyed && this.#active < Math.min(maxConcurrentStreams, theirs)
  }

  send({ method, path, authority, headers, body, trailers }: Sending, attempt: Attempt) {
    const pseudo = [':method', method, ':path', path, ':scheme', this.#secure ? 'https' : 'http', ':authority', authority]
    let stream: ClientHttp2Stream
    try {
      stream = this.#session.request([...pseudo, ...headers] as never, { endStream: body === null, waitForTrailers: body !== null })
    } catch (error) {
      // Of what the library does not take, only that the connection has closed this moment is not the request's fault.
      return attempt.fail(/SESSION|GOAWAY/.test((error as NodeJS.ErrnoException).code ?? '') ? 'refused stream' : 'bad request')
    }
    this.#active++
    this.#served++
    if (this.#served === this.#policy.maxRequestsPerConnection) this.retire()
    let ended = false
    let after: IncomingHttpHeaders = {}
    // A request that is given up must not look whole.
    stream.on('wantTrailers', () => !stream.closed && stream.sendTrailers(trailers() ?? {}))
    stream.on('response', (given: IncomingHttpHeaders & { ':status'?: number }, flags: number) => {
      const { ':status': status = 0, ...fields } = given
      attempt.headersOnly = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
      attempt.onResponseStart(undefined, status, fields)
    })
    stream.on('trailers', (fields: IncomingHttpHeaders) => (after = fields))
    stream.on('data', (chunk: Buffer) => attempt.onResponseData(undefined, chunk))
    stream.on('end', () => {
      // A stream that is reset ends as well.
      if (stream.rstCode !== NGHTTP2_NO_ERROR) return
      ended = true
      attempt.onResponseEnd(undefined, after)
      // The server does not read the rest of a request whose answer is whole.
      if (!stream.writableFinished) stream.close(NGHTTP2_NO_ERROR)
    })
    let problem: NodeJS.ErrnoException | undefined
    stream.on('error', (error) => (problem = error))
    stream.on('close', () => {
      this.#active--
      if (!ended) attempt.fail(this.#whyClosed(stream.rstCode, problem?.code))
    })
    attempt.onRequestStart({
      abort: () => stream.close(NGHTTP2_CANCEL),
      pause: () => stream.pause(),
      resume: () => stream.resume(),
    })
    if (body === null) return
    if (body instanceof Uint8Array) stream.end(body)
    else void pump(body, stream)
  }

  #whyClosed(code: number | undefined, problem: string | undefined): Failure {
    if (this.#late) return 'connect timeout'
    if (!this.#connected) return connectFailureOf(this.#problem)
    if (problem === 'ERR_HTTP2_ERROR') return 'protocol error'
    if (this.#session.destroyed) return 'reset'
    return code === NGHTTP2_REFUSED_STREAM ? 'refused stream' : 'remote reset'
  }
}

/** Closes a connection whose other side no longer answers; requests under way there fail. */
function keepAsking(session: ClientHttp2Session, { everyMs, timeoutMs }: NonNullable<ConnectionPool['ping']>) {
  let late: NodeJS.Timeout | undefined
  const asking = setInterval(() => {
    // It reports its end later: a PING now would throw.
    if (session.destroyed) return
    // Without an error, streams would end as if their answers were whole.
    late ??= setTimeout(() => session.destroy(new Error('no answer to PING'), NGHTTP2_CANCEL), timeoutMs)
    session.ping(() => {
      clearTimeout(late)
      late = undefined
    })
  }, everyMs)
  session.on('close', () => {
    clearInterval(asking)
    clearTimeout(late)
  })
}

/** Sends the body as fast as the other side takes it. */
async function pump(body: AsyncIterable<Buffer>, stream: ClientHttp2Stream) {
  try {
    for await (const chunk of body) {
      if (!stream.writable) return
      if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve))
    }
    stream.end()
  } catch {
    // The client is gone.
    stream.close(NGHTTP2_CANCEL)
  }
}
