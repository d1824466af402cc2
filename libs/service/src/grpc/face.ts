/** The gRPC face of a service: loaded where GRPC_PORT is set, and only there. */
import { createContextKey, createContextValues, type ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { FastifyInstance } from 'fastify'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
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
  const handler = connectNodeAdapter({
    routes(router) {
      const services = [...serveBooks(router, app, name), ...(more?.serve(router) ?? [])]
      serveHealth(router, app, services)
      serveReflection(router, [...services, 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'])
    },
    connect: false,
    grpcWeb: false,
    readMaxBytes: 4 * 1024 * 1024,
    contextValues: (request) => createContextValues().set(rawRequest, request as Http2ServerRequest),
    fallback: (_request, response) => refuse(response as Http2ServerResponse),
  })
  return (request, response) => {
    more?.arrived(request, response)
    handler(request, response)
  }
}

/** A method that there is not, in gRPC's own way: an error without a body. */
function refuse(response: Http2ServerResponse) {
  const headers = { 'content-type': 'application/grpc', 'grpc-status': '12', 'grpc-message': 'no such method' }
  response.stream.respond({ ':status': 200, ...response.getHeaders(), ...headers }, { endStream: true })
}
