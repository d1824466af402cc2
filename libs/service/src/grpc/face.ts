/** The gRPC face of a service: loaded where GRPC_PORT is set, and only there. */
import { createConnectRouter, createContextKey, createContextValues, type ConnectRouter } from '@connectrpc/connect'
import { compressionGzip, universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node'
import type { UniversalServerResponse } from '@connectrpc/connect/protocol'
import type { FastifyInstance } from 'fastify'
import { constants, type Http2ServerRequest, type Http2ServerResponse, type OutgoingHttpHeaders } from 'node:http2'
import type { GrpcListener } from '../http2-server.ts'
import { serveBooks } from './books.ts'
import { serveHealth } from './health.ts'
import { serveReflection } from './reflection.ts'

/** More services of one server; `serve` gives their full names, `arrived` sees every request first. */
export interface MoreGrpc {
  serve(router: ConnectRouter): string[]
  arrived(request: Http2ServerRequest, response: Http2ServerResponse): void
}

/** The request as it came, for handlers that report it. */
export const rawRequest = createContextKey<Http2ServerRequest | undefined>(undefined)

/** What answers requests of gRPC to the service `name`, whose routes `app` has. */
export function grpcFace(app: FastifyInstance, name: string, more?: MoreGrpc): GrpcListener {
  const router = createConnectRouter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: 4 * 1024 * 1024,
    acceptCompression: [compressionGzip],
  })
  const services = [...serveBooks(router, app, name), ...(more?.serve(router) ?? [])]
  serveHealth(router, app, services)
  serveReflection(router, [...services, 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'])
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
  return (request, response) => {
    more?.arrived(request, response)
    const handler = handlers.get(request.url)
    if (!handler) return endAtOnce(response, { 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'no such method' })
    const context = createContextValues().set(rawRequest, request)
    // What goes wrong from here on is that the client has gone.
    handler(universalRequestFromNodeRequest(request, response, undefined, context))
      .then((answer) => send(answer, response))
      .catch(() => response.stream.close(constants.NGHTTP2_CANCEL))
    return undefined
  }
}

/** An answer without a message has its status in its headers, as gRPC's own servers have it: proxies try a call again only by those. */
async function send(answer: UniversalServerResponse, response: Http2ServerResponse) {
  const messages = answer.body?.[Symbol.asyncIterator]()
  const first = await messages?.next()
  if (!messages || !first || first.done) return endAtOnce(response, { ...plain(answer.header), ...plain(answer.trailer) })
  async function* body() {
    yield first!.value as Uint8Array
    yield* { [Symbol.asyncIterator]: () => messages! }
  }
  return universalResponseToNodeResponse({ ...answer, body: body() }, response)
}

function endAtOnce(response: Http2ServerResponse, headers: OutgoingHttpHeaders) {
  const { stream } = response
  if (stream.destroyed || stream.headersSent) return
  stream.respond({ ':status': 200, ...response.getHeaders(), ...headers }, { endStream: true })
  // A client that still sends may stop.
  setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR))
}

const plain = (headers: Headers | undefined) => Object.fromEntries(headers ?? [])
