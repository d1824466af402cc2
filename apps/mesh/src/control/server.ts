/** The console's and the CLI's server, and the collector's: both on loopback, or on the one address `host`. */
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import { createServer, type Server } from 'node:http'
import { ConfigError } from '@bookinfo/contracts/environment'
import { consolePages } from '../console/pages.ts'
import { listenBothWays } from '../listen-both-ways.ts'
import { listen, patient } from '../proxy/listener.ts'
import { collector } from '../zipkin/collector.ts'
import { consoleTraces, leadToTraces, zipkinPages, type TracePages } from '../zipkin/pages.ts'
import type { SpanStore } from '../zipkin/span-store.ts'
import { ownVersion } from '../version.ts'
import { controlApi } from './api.ts'
import { guardLoopback } from './guard.ts'
import type { Control } from './views.ts'
import { answerWrongMethods } from './wrong-methods.ts'

/** Manifests are text; the largest sets of rules are far below this (bytes). */
const bodyLimit = 8 * 1024 * 1024

export interface Running {
  port: number
  close(): Promise<void>
}

/** Serves control API, console and (below /zipkin) the traces of `store`. @throws ConfigError when the port is taken. */
export async function startControl(control: Control, store: SpanStore | undefined, port: number, host?: string): Promise<Running> {
  const app = fastify({ bodyLimit })
  let given = port
  guardLoopback(app, () => given)
  answerWrongMethods(app)
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Bookinfo local mesh: control API', version: ownVersion } } })
  await app.register(controlApi(control))
  await app.register(consolePages, { gateway: control.addresses.gateway })
  if (store) await app.register(collector(store), { prefix: '/zipkin' })
  leadToTraces(app, tracePages(control), 'tracing is off (OTEL_TRACES_EXPORTER=none)')
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  const running = await serve(app, 'CONSOLE_PORT', port, host)
  given = running.port
  return running
}

const tracePages =
  ({ addresses }: Control): TracePages =>
  () => {
    const { console, zipkin, embeddedZipkin } = addresses
    if (embeddedZipkin) return consoleTraces(console)
    return zipkin === null ? undefined : zipkinPages(zipkin)
  }

/** Serves Zipkin's API on `asked`; when that is taken, and only the default, on the next free port. `pages` is where people are led to. */
export async function startCollector(
  store: SpanStore,
  asked: number,
  fixed: boolean,
  pages: TracePages = () => undefined,
  host?: string,
): Promise<Running> {
  for (let port = asked; ; port++) {
    try {
      const app = fastify()
      let given = port
      guardLoopback(app, () => given)
      answerWrongMethods(app)
      await app.register(collector(store))
      // Zipkin's own pages ask below their own address.
      await app.register(collector(store), { prefix: '/zipkin' })
      app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/zipkin/'))
      leadToTraces(app, pages, 'the console is not there yet')
      const running = await serve(app, 'ZIPKIN_PORT', port, host)
      given = running.port
      return running
    } catch (error) {
      if (fixed || !(error instanceof ConfigError) || port >= asked + 100) throw error
    }
  }
}

async function serve(app: FastifyInstance, variable: string, asked: number, only: string | undefined): Promise<Running> {
  await app.ready()
  const servers: Server[] = []
  const close = async () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await app.close()
  }
  try {
    const open = async (wanted: number, host: string) => {
      const server = createServer(patient, (request, response) => app.routing(request, response))
      servers.push(server)
      return listen(server, wanted, host)
    }
    const port = await listenBothWays(variable, asked, open, only)
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}
