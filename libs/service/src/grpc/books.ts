/**
 * bookinfo.v1: what a service answers by REST, as messages. Each call is a request to the service's own route, inside the process:
 * content, errors, faults, logs, metrics and the headers that travel on are those of REST because it is the same code.
 */
import { fromJson, toJson, type DescMessage, type Message } from '@bufbuild/protobuf'
import { ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import type { FastifyInstance } from 'fastify'
import { serviceOf } from './descriptors.ts'
import { codeOf } from './status.ts'

interface Method {
  /** Before the product's id. */
  path: string
  /** A method with a body posts this field. */
  body?: string
}

/** By the names of services, and by those of methods in code. */
export const booksOf: Record<string, { service: string; methods: Record<string, Method> }> = {
  details: { service: 'bookinfo.v1.Details', methods: { getDetails: { path: '/details/' } } },
  reviews: { service: 'bookinfo.v1.Reviews', methods: { getReviews: { path: '/reviews/' } } },
  ratings: {
    service: 'bookinfo.v1.Ratings',
    methods: { getRatings: { path: '/ratings/' }, setRatings: { path: '/ratings/', body: 'ratings' } },
  },
}

/** Serves what the service `name` has of bookinfo.v1. Gives the full name of it. */
export function serveBooks(router: ConnectRouter, app: FastifyInstance, name: string): string[] {
  const books = booksOf[name]
  if (!books) return []
  const service = serviceOf(books.service)
  const implementation = Object.fromEntries(
    Object.entries(books.methods).map(([method, rest]) => {
      const { input, output } = service.method[method]!
      return [method, (message: Message, context: HandlerContext) => ask(app, rest, toJson(input, message), output, context)]
    }),
  )
  router.service(service, implementation as never)
  return [books.service]
}

async function ask(app: FastifyInstance, { path, body }: Method, message: unknown, output: DescMessage, context: HandlerContext) {
  const { id = '', ...fields } = message as { id?: string } & Record<string, unknown>
  const answer = await app.inject({
    method: body === undefined ? 'GET' : 'POST',
    // What is not a number is for the service to refuse, and must not lead to another path.
    url: path + (/^[0-9]{1,20}$/.test(id) ? id : '-'),
    headers: metadata(context),
    signal: context.signal,
    ...(body !== undefined && { payload: fields[body] ?? {} }),
  })
  const json = answer.json()
  if (answer.statusCode !== 200) throw new ConnectError(json.error, codeOf(answer.statusCode))
  return fromJson(output, json, { ignoreUnknownFields: true })
}

/** What came in addition to gRPC's own headers. */
function metadata({ requestHeader, url }: HandlerContext): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of requestHeader) if (!ofGrpc.test(name)) headers[name] = value
  return { ...headers, host: new URL(url).host }
}

const ofGrpc = /^(:.*|content-(type|length)|te|transfer-encoding|grpc-(?!trace-bin$).*)$/
