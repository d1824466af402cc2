/** The client's side of an exchange, in either version of HTTP: what is asked, and the way that the answer takes. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type { Headers } from '../tracing/b3.ts'
import type { Door } from './door.ts'

/** What the client sent before its body. */
export interface Asked {
  /** `HTTP/1.1` */
  readonly protocol: string
  readonly method: string
  /** Path and query, or whatever else was sent instead. */
  readonly target: string
  readonly host: string | undefined
  /** Name, value, name, value, … */
  readonly rawHeaders: readonly string[]
  readonly connection: string | undefined
  readonly socket: Socket
}

export interface ClientSide extends Asked {
  /** Protocol that the connection is to change to. */
  readonly upgrade: string | undefined
  readonly body: Readable | undefined
  /** Fields that came after the body. */
  readonly trailers: IncomingHttpHeaders | undefined
  /** Whether an answer has begun. */
  readonly begun: boolean
  /** Whether every byte of the answer has been handed over. */
  readonly complete: boolean
  /** Status of the answer that this gets without being looked at any further; undefined where nothing is wrong. */
  problem(door: Door): number | undefined
  /** Status and headers of an answer; `only` when nothing follows. */
  begin(status: number, headers: Headers, only: boolean): void
  /** False when the client is slow: `onDrain` says when it takes more. */
  write(chunk: Buffer): boolean
  onDrain(listener: () => void): void
  end(body: string | undefined, trailers?: IncomingHttpHeaders): void
  /** Ends an answer that cannot be finished so that the client sees that it is not whole. */
  cut(): void
  /** No answer at all: what a connection gets that should not have been made. */
  reset(): void
  /** The answer is over, or the client is gone. */
  onClose(listener: () => void): void
  /** Joins the client, which asked for an upgrade, and `upstream`; `onOver` when that has ended. */
  tunnel(headers: Headers, upstream: Duplex, onOver: () => void): void
}

/** What is done with a request. */
export type Handle = (client: ClientSide) => void
