/** `bookinfo.v1.Probe`: what arrived here by gRPC, unary and streaming, with statuses and delays on demand. */
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Http2ServerRequest } from 'node:http2'
import { rawRequest, type MoreGrpc } from '../grpc/face.ts'
import { serviceOf } from '../grpc/descriptors.ts'
import { servedByHeader } from './order.ts'
import { peerOf } from './echo.ts'
import { idHeader, type Probe } from './plugin.ts'

interface EchoRequest {
  status: Code
  message: string
  delay: number
  fail: number
  only: string
  count: number
  bytes: number
  payload: Uint8Array
}

const longestDelay = 30_000
const mostAnswers = 10_000
const mostBytes = 1024 * 1024

/** Counts by `probe`'s ledger, as the echo by HTTP does. */
export function grpcEcho({ self, ledger }: Pick<Probe, 'self' | 'ledger'>): MoreGrpc {
  const attempts = new WeakMap<Http2ServerRequest, number>()
  const attemptOf = ({ values }: HandlerContext) => attempts.get(values.get(rawRequest)!) ?? 1

  const misbehaves = ({ only, fail }: EchoRequest, context: HandlerContext) =>
    (only === '' || only === self.version) && (fail === 0 || attemptOf(context) <= fail)

  async function pause(asked: EchoRequest, context: HandlerContext) {
    if (asked.delay > 0 && misbehaves(asked, context))
      await sleep(Math.min(asked.delay, longestDelay), undefined, { signal: context.signal }).catch(() => {
        throw context.signal.reason
      })
  }

  function end(asked: EchoRequest, context: HandlerContext) {
    const status = asked.status || (asked.fail > 0 ? Code.Unavailable : undefined)
    if (status && misbehaves(asked, context)) throw new ConnectError(asked.message || 'as asked', status)
  }

  function answer(asked: EchoRequest, context: HandlerContext, number: number) {
    const raw = context.values.get(rawRequest)!
    const headers = []
    for (let at = 0; at < raw.rawHeaders.length; at += 2) {
      const key = raw.rawHeaders[at]!
      if (!key.startsWith(':')) headers.push({ key, value: raw.rawHeaders[at + 1]! })
    }
    return {
      assertions: {
        fullyQualifiedMethod: raw.url,
        headers,
        authority: raw.authority,
        context: { namespace: self.namespace, ingress: '', serviceName: self.service, pod: self.pod },
        version: self.version,
        remoteAddress: raw.socket.remoteAddress ?? '',
        peer: peerOf(raw.headers['x-forwarded-client-cert']) ?? '',
        attempt: attemptOf(context),
      },
      payload: asked.bytes > 0 ? Buffer.alloc(Math.min(asked.bytes, mostBytes), 'x') : asked.payload,
      number,
    }
  }

  const implementation = {
    async echo(asked: EchoRequest, context: HandlerContext) {
      await pause(asked, context)
      end(asked, context)
      return answer(asked, context, 0)
    },
    async *echoServerStream(asked: EchoRequest, context: HandlerContext) {
      // A failure that a later attempt may not have comes first: nothing is tried again after an answer.
      if (asked.fail > 0) end(asked, context)
      for (let number = 0; number < Math.min(asked.count || 1, mostAnswers); number++) {
        await pause(asked, context)
        yield answer(asked, context, number)
      }
      end(asked, context)
    },
    async echoClientStream(requests: AsyncIterable<EchoRequest>, context: HandlerContext) {
      let count = 0
      let last: EchoRequest | undefined
      for await (last of requests) count++
      if (!last) throw new ConnectError('no request came', Code.InvalidArgument)
      await pause(last, context)
      end(last, context)
      return answer(last, context, count)
    },
    async *echoBidiStream(requests: AsyncIterable<EchoRequest>, context: HandlerContext) {
      let number = 0
      for await (const asked of requests) {
        await pause(asked, context)
        end(asked, context)
        yield answer(asked, context, number++)
      }
    },
  }

  return {
    serve(router) {
      router.service(serviceOf('bookinfo.v1.Probe'), implementation as never)
      return ['bookinfo.v1.Probe']
    },
    arrived(request, response) {
      response.setHeader(servedByHeader, `${self.service}/${self.version}/${self.pod}`)
      const id = request.headers[idHeader]
      if (typeof id === 'string' && id.length <= 200) {
        attempts.set(request, ledger.note(id, { method: request.method, path: request.url, host: request.authority }))
      }
    },
  }
}
