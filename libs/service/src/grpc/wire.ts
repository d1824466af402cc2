/** Calls to other services by gRPC instead of REST: loaded with OUTBOUND_PROTOCOL=grpc only. */
import { create, ScalarType, toJson, type DescMessage, type DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import type { IncomingMessage } from 'node:http'
import { CallError, type Answer } from '../exchange.ts'
import type { Wire } from '../outbound.ts'
import { booksOf } from './books.ts'
import { serviceOf } from './descriptors.ts'
import { statusOf } from './status.ts'

/** `origins` says where the gRPC port of a service is, by the origin of its REST port. */
export function grpcWire(origins: ReadonlyMap<string, string>, keepAlive: boolean): Wire {
  const kept = new Map<string, Connection>()

  function connectionTo(origin: string): Connection {
    const baseUrl = origins.get(origin)
    if (baseUrl === undefined) throw new Error(`${origin} has no gRPC port in the configuration`)
    if (!keepAlive) return connection(baseUrl)
    let made = kept.get(origin)
    if (!made) kept.set(origin, (made = connection(baseUrl, { idleConnectionTimeoutMs: 30_000 })))
    return made
  }

  async function exchange(
    origin: string,
    path: string,
    headers: Record<string, string>,
    timeoutMs: number,
    caller: IncomingMessage | undefined,
  ): Promise<Answer> {
    const { method, id } = methodOf(path)
    const { session, transport } = connectionTo(origin)
    const end = new AbortController()
    const onGone = () => end.abort(new CallError('caller gone'))
    const timer = setTimeout(() => end.abort(new CallError('timeout')), timeoutMs)
    caller?.on('close', onGone)
    if (caller?.socket.destroyed) onGone()
    try {
      const { message } = await transport.unary(method, end.signal, timeoutMs, headers, create(method.input, { id }))
      return { status: 200, body: plain(method.output, toJson(method.output, message, { alwaysEmitImplicit: true })) }
    } catch (error) {
      if (end.signal.aborted) throw end.signal.reason as CallError
      const failure = ConnectError.from(error)
      if (failure.cause !== undefined && failure.cause !== null) throw new CallError('unreachable', error)
      if (failure.code === Code.DeadlineExceeded) throw new CallError('timeout', error)
      return { status: statusOf(failure.code), body: { error: failure.rawMessage } }
    } finally {
      clearTimeout(timer)
      caller?.removeListener('close', onGone)
      if (!keepAlive) session.abort()
    }
  }

  return {
    exchange,
    async close() {
      for (const { session } of kept.values()) session.abort()
    },
  }
}

interface Connection {
  session: Http2SessionManager
  transport: Transport
}

function connection(baseUrl: string, options?: ConstructorParameters<typeof Http2SessionManager>[1]): Connection {
  const session = new Http2SessionManager(baseUrl, options)
  return { session, transport: createGrpcTransport({ baseUrl, sessionManager: session, readMaxBytes: 1024 * 1024 }) }
}

/** What a GET of `/ratings/0` is by gRPC. */
function methodOf(path: string): { method: DescMethodUnary; id: string } {
  const [, name = '', id = ''] = path.split('/')
  const books = booksOf[name]
  const [method] = books ? Object.entries(books.methods).find(([, { body }]) => body === undefined)! : []
  if (!books || method === undefined) throw new Error(`${path} has no method of bookinfo.v1`)
  return { method: serviceOf(books.service).method[method] as DescMethodUnary, id }
}

/** Ids as numbers, as REST has them: JSON of messages writes 64 bits as text. */
function plain(type: DescMessage, json: unknown): unknown {
  const body = json as Record<string, unknown>
  for (const { jsonName, scalar } of type.fields) if (scalar === ScalarType.INT64) body[jsonName] = Number(body[jsonName])
  return body
}
