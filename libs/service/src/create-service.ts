/** The chassis: a Fastify server with everything that is the same in every service, and nothing of what a service does. */
import { AllowedMethods } from '@bookinfo/contracts/allowed-methods'
import { ServiceError, errorTable, type ErrorCode } from '@bookinfo/contracts/errors'
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type RouteOptions,
} from 'fastify'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Registry } from 'prom-client'
import { docsPage } from './docs-page.ts'
import { CallError } from './exchange.ts'
import { brokenRule, brokenTarget } from './http-rules.ts'
import { httpServer, type ServiceServer } from './http-server.ts'
import { isHttp2, type GrpcListener } from './http2-server.ts'
import { traceFields } from './log-fields.ts'
import { createMetrics, measureRequests } from './metrics.ts'
import { refuseWhenLate } from './refuse-when-late.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where this service registers its own metrics. */
    metrics: Registry
    /** One more port, with all that the first one serves. */
    listenToo(options: { host: string; port: number }): Promise<void>
    /** Closes what is open on all ports. */
    closeAllConnections(): void
    /** From now on `/readyz` is 503, every answer asks its client to close the connection, and HTTP/2's take no more streams. */
    drain(): void
  }
  interface FastifyContextConfig {
    /** The error for parameters or a body that do not fit the route's schema. */
    invalid?: { params?: ErrorCode; body?: ErrorCode }
    /** Probes and scrapes are neither logged nor refused under load. */
    quiet?: boolean
  }
}

export interface ServiceOptions {
  name: string
  version: string
  logger?: FastifyServerOptions['logger']
  /** Further fields of a request's log lines, next to its id; the trace context by default. */
  logFields?: (request: IncomingMessage) => Record<string, string>
  /** Requests are refused with 503 while the event loop is this many milliseconds late; the stalls of a starved machine are shorter. */
  overloadMs?: number
  /** Registered before all else, so that their hooks see every request: telemetry in span mode. */
  plugins?: readonly FastifyPluginAsync[]
  /** Makes what answers gRPC, on all ports. */
  grpc?: ((app: FastifyInstance) => GrpcListener) | undefined
}

/** A server that `service` is registered on, ready to listen or to be injected. Limits: body 64 kB, headers 16 kB, request 30 s. */
export async function createService(service: FastifyPluginAsync, options: ServiceOptions): Promise<FastifyInstance> {
  const { logFields = (request: IncomingMessage) => traceFields(request.headers), overloadMs = 10_000 } = options
  const allowed = new AllowedMethods()
  // One for each address: localhost has two.
  const servers: ServiceServer[] = []
  const more: ServiceServer[] = []
  let grpc: GrpcListener | undefined
  const serverFactory = (listener: RequestListener) => {
    const server = httpServer(
      listener,
      () => allowed.of('*') ?? '',
      () => grpc,
    )
    servers.push(server)
    return server
  }
  const app = fastify({
    logger: options.logger ?? false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    childLoggerFactory: (logger, bindings, opts, request) => logger.child({ ...bindings, ...logFields(request) }, opts),
    requestIdHeader: 'x-request-id',
    bodyLimit: 64 * 1024,
    serverFactory: (listener): Server => serverFactory(listener),
    // The server's own answers what cannot be read.
    clientErrorHandler: () => {},
    // Answered to the end: a closing server refuses new connections, never a request that arrived.
    return503OnClosing: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, meta: false, validateSchema: false } },
    frameworkErrors: (error, _request, reply) => shape(error, error.code === 'FST_ERR_BAD_URL' ? 'INVALID_PATH' : 'NOT_FOUND', reply),
  })
  app.decorate('metrics', createMetrics({ service: options.name, version: options.version }))
  let draining = false
  app.decorate('drain', () => {
    draining = true
    for (const server of servers) server.drain()
  })

  app.decorate('listenToo', async (address: { host: string; port: number }) => {
    const server = serverFactory((request, response) => app.routing(request, response))
    more.push(server)
    await once(server.listen(address), 'listening')
  })
  app.addHook('onClose', async () => void (await Promise.all(more.map((server) => new Promise((resolve) => server.close(resolve))))))
  app.decorate('closeAllConnections', () => {
    for (const server of servers) server.closeAllConnections()
  })

  app.addHook('onRoute', ({ url, method }) => allowed.add(url, method))
  for (const plugin of options.plugins ?? []) await app.register(plugin)
  app.addHook('onRequest', (request, reply, done) => {
    const broken = brokenRule(request.raw)
    if (broken && !isHttp2(request.raw)) reply.header('connection', 'close')
    const refused = broken ?? brokenTarget(request.method, request.url)
    if (refused) done(new ServiceError(refused))
    else if (request.is404) answerWithoutRoute(request, reply, done)
    else done()
  })

  /** Before the body is read: no route wants it. */
  function answerWithoutRoute({ method, url }: FastifyRequest, reply: FastifyReply, done: (error: Error) => void) {
    const allow = allowed.of(url)
    if (allow === undefined) return done(new ServiceError('NOT_FOUND'))
    reply.header('allow', allow)
    if (method === 'OPTIONS') return reply.code(204).send()
    return done(new ServiceError('METHOD_NOT_ALLOWED'))
  }
  function sayGoodbye({ raw }: FastifyRequest, reply: FastifyReply) {
    if (!isHttp2(raw)) reply.header('connection', 'close')
    // Connections that were opened since draining began.
    else for (const server of servers) server.drain()
  }
  // Said with the answer and not before, so that a request in flight when draining begins ends its connection too.
  app.addHook('onSend', (request, reply, payload, done) => {
    if (draining) sayGoodbye(request, reply)
    reply.header('x-content-type-options', 'nosniff')
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const answer = { method: request.method, url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 }
    if (!request.routeOptions.config.quiet) request.log.info(answer, 'request')
    done()
  })
  measureRequests(app, app.metrics)

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { params, body } = request.routeOptions.config.invalid ?? {}
    const invalid = error.validationContext === 'params' ? params : body
    if (error instanceof ServiceError) {
      if (error.cause !== undefined) request.log.warn({ err: error.cause }, error.message)
      return shape(error, error.code, reply)
    }
    // The client has gone and cannot read an answer; this is not an error of the service.
    if (error instanceof CallError && error.reason === 'caller gone') return shape(error, 'INTERNAL', reply)
    if (error.statusCode === 413) return shape(error, 'PAYLOAD_TOO_LARGE', reply)
    if (error.statusCode === 415) return shape(error, 'UNSUPPORTED_MEDIA_TYPE', reply)
    if (error.statusCode !== undefined && error.statusCode < 500) return shape(error, invalid ?? 'INVALID_REQUEST', reply)
    request.log.error({ err: error }, 'unexpected error')
    return shape(error, 'INTERNAL', reply)
  })

  const quiet = { config: { quiet: true }, schema: { hide: true } }
  app.get('/livez', quiet, async () => ({ status: 'live' }))
  app.get('/readyz', quiet, async (_request, reply) => reply.code(draining ? 503 : 200).send({ status: draining ? 'draining' : 'ready' }))
  app.get('/metrics', quiet, async (_request, reply) => reply.type(app.metrics.contentType).send(await app.metrics.metrics()))
  app.get('/openapi.json', quiet, document)
  app.get('/docs', quiet, async (_request, reply) => reply.type('text/html; charset=utf-8').send(docsPage(await document())))

  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void (route.method === 'HEAD' || routes.push(route)))
  async function document() {
    const { openApi } = await import('./openapi.ts')
    return openApi({ title: options.name, version: options.version }, routes)
  }
  await app.register(async (scope) => {
    refuseWhenLate(scope, overloadMs)
    await scope.register(service)
  })
  grpc = options.grpc?.(app)
  return app
}

/** Every error looks the same: `{"error": message}`, with the table's words. */
function shape(error: Error | undefined, code: ErrorCode, reply: FastifyReply) {
  const status = error instanceof ServiceError ? error.statusCode : errorTable[code].status
  return reply.code(status).type('application/json; charset=utf-8').send({ error: errorTable[code].message })
}
