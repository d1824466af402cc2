/**
 * `/probe/*`: what the conformance suite sees of a mesh from inside. Off unless BOOKINFO_PROBE=on, and loaded only then.
 * Any client that reaches it can make this workload misbehave and call its neighbours: no public route may lead here.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ServiceError } from '@bookinfo/contracts/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { isHttp2 } from '../http2-server.ts'
import { behave, Behaviour } from './behaviour.ts'
import { mayCall } from './call-targets.ts'
import { call } from './call.ts'
import { echoOf, type Self } from './echo.ts'
import { Ledger } from './ledger.ts'
import { CallOrder, servedByHeader } from './order.ts'

export interface ProbeOptions {
  self: Self
  /** Authorities outside the application that `call` may go to. */
  hosts: readonly string[]
  /** Proxies to dial, by the requested port. */
  detours: ReadonlyMap<number, string>
  /** Proxy that makes connections by TCP and TLS, where nothing redirects them by itself. */
  tunnel?: string | undefined
}

/** What probes share, whichever protocol they speak. */
export interface Probe {
  self: Self
  ledger: Ledger
  plugin: FastifyPluginAsyncTypebox
}

/** The id by which the ledger counts a request. */
export const idHeader = 'x-probe-id'

export function createProbe({ self, hosts, detours, tunnel }: ProbeOptions): Probe {
  const ledger = new Ledger()
  const plugin: FastifyPluginAsyncTypebox = async (app) => {
    const attempts = new WeakMap<FastifyRequest, number>()

    app.addHook('onRequest', (request, reply, done) => {
      reply.header(servedByHeader, `${self.service}/${self.version}/${self.pod}`)
      const id = request.headers[idHeader]
      if (typeof id === 'string' && id.length <= 200) {
        const { method, url: path, host } = request
        attempts.set(request, ledger.note(id, { method, path, host }))
      }
      done()
    })

    await app.register(routes)

    async function routes(scope: typeof app) {
      const config = { quiet: true }
      // An echo takes any body, and has no use for it.
      await scope.register(async (anyBody: typeof app) => {
        anyBody.removeAllContentTypeParsers()
        anyBody.addContentTypeParser('*', { parseAs: 'buffer' }, async () => undefined)
        const schema = { summary: 'What arrived here', querystring: Behaviour }
        for (const url of ['/probe/echo', '/probe/echo/*'])
          anyBody.all(url, { config, schema }, async (request, reply) => {
            const attempt = attempts.get(request) ?? 1
            return behave(request.query, attempt, self.version, reply, () => echoOf(request, self, attempt))
          })
      })

      const account = { summary: 'Attempts that arrived with an id', querystring: Type.Object({ id: Type.String({ maxLength: 200 }) }) }
      scope.get('/probe/ledger', { config, schema: account }, async ({ query }) => ({ ...self, ...ledger.of(query.id) }))

      const order = { summary: 'Send requests to another workload', body: CallOrder }
      scope.post('/probe/call', { config, schema: order, bodyLimit: 1024 * 1024 }, async ({ body, raw }, reply) => {
        // An order may take its time, and its connection is silent meanwhile.
        if (!isHttp2(raw)) raw.socket.setTimeout(0)
        const { authority, port } = targetOf(body)
        for (const asked of [authority, hostHeader(body.headers) ?? authority, body.serverName ?? authority])
          if (!mayCall(asked, hosts)) throw new ServiceError('PROBE_HOST_REFUSED')
        return { ...self, results: await call(body, { detour: detours.get(port), tunnel }, goneOf(reply)) }
      })
    }
  }
  return { self, ledger, plugin: fp(plugin) }
}

/** Aborted when the connection closes before the answer is complete. */
function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => raw.writableFinished || gone.abort())
  return gone.signal
}

function targetOf({ url }: CallOrder): { authority: string; port: number } {
  const authority = url.split('/', 3)[2] ?? ''
  return { authority, port: Number(authority.split(':')[1] ?? 80) }
}

const hostHeader = (headers: CallOrder['headers']) => Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
