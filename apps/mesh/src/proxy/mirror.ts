/** Shadow requests: sent beside the real one, never waited for, and their answers thrown away. */
import { authorize } from '@bookinfo/rules/authorize'
import type { Forward } from '@bookinfo/rules/decision'
import { pickEndpoint } from '@bookinfo/rules/pick-endpoint'
import { childOf, injectB3, type TraceContext } from '../tracing/b3.ts'
import { Attempt } from './attempt.ts'
import type { Sidecar } from './door.ts'
import { change, copyOf, flat } from './headers.ts'
import type { Proxy } from './proxy.ts'
import type { ProxyRequest } from './read-request.ts'
import type { RequestBody } from './request-body.ts'
import { serverSpan } from './spans.ts'
import { destinationOf, originOf, tlsTo } from './upstream-address.ts'

/** Shadows of one sidecar under way at once; more are not sent. */
const mostShadows = 256
/** A shadow that nobody answers ends after this time (ms). */
const shadowLimitMs = 30_000

/** Sends `decision`'s mirrors. `request` still has the headers that came in. */
export function sendShadows(
  proxy: Proxy,
  sidecar: Sidecar,
  decision: Forward,
  request: ProxyRequest,
  trace: TraceContext | undefined,
  body: RequestBody | undefined,
) {
  for (const mirror of decision.mirrors) {
    if (sidecar.shadows >= mostShadows) return
    const headers = copyOf(request.headers)
    sidecar.shadows++
    sendShadow(proxy, sidecar, decision, { ...request, headers }, mirror, trace, body)
      .catch(proxy.onDefect)
      .finally(() => sidecar.shadows--)
  }
}

async function sendShadow(
  proxy: Proxy,
  sidecar: Sidecar,
  decision: Forward,
  request: ProxyRequest,
  mirror: Forward['mirrors'][number],
  parent: TraceContext | undefined,
  body: RequestBody | undefined,
) {
  const { rules } = proxy
  const { cluster, balancer, path, authority } = mirror
  change(request.headers, mirror.requestHeaders)
  const endpoint = cluster.external ? undefined : pickEndpoint(cluster, balancer, sidecar.balancer, proxy.random)
  if (!endpoint && !cluster.external) return
  const trace = parent && (endpoint ? childOf(parent, () => true) : parent)
  if (trace) injectB3(request.headers, trace)
  if (endpoint) {
    const verdict = await authorize(rules, { ...request, path, authority }, sidecar.caller, destinationOf(endpoint, cluster), Date.now())
    if (!verdict.allow) return
    change(request.headers, verdict.requestHeaders)
  }
  const whole = body && (await body.whole())
  if (body && !whole) return
  await new Promise<void>((resolve) => {
    const limit = setTimeout(() => finish(), shadowLimitMs)
    const attempt = new Attempt(
      {
        onAnswer: (self, status) => (self.status = status),
        onData: () => undefined,
        onEnd: () => finish(),
        onFailure: () => finish(),
        onUpgrade: (_attempt, _status, _headers, socket) => {
          socket.destroy()
          finish()
        },
      },
      endpoint,
      trace,
    )
    function finish() {
      clearTimeout(limit)
      attempt.abandon()
      if (endpoint)
        proxy.onArrival?.({ attempt, endpoint, request, path, authority, protocol: 'HTTP/1.1', bytesReceived: whole?.length ?? 0 })
      if (endpoint && trace?.sampled) {
        const shadowed = { ...decision, cluster, path, authority }
        proxy.tracing?.reporter.report(serverSpan(attempt, endpoint, trace, shadowed, request, Date.now() - performance.now()))
      }
      resolve()
    }
    const options = { method: request.method, path, headers: flat(request.headers, ['host', authority]), body: whole ?? null }
    proxy.upstreams.pool(originOf(cluster, endpoint), cluster.pool, tlsTo(cluster)).dispatch(options, attempt)
  })
}
