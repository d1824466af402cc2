/** Spans as Istio's proxies report them: each side of a hop has one of its own. */
import type { Endpoint, Forward } from '@bookinfo/rules/decision'
import type { TraceContext } from '../tracing/b3.ts'
import type { ZipkinSpan } from '../tracing/span.ts'
import type { Attempt } from './attempt.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import type { ProxyRequest } from './read-request.ts'

const micro = (ms: number) => Math.max(1, Math.round(ms * 1000))

const place = ({ traceId, spanId, parentId, debug }: TraceContext) => ({
  traceId,
  id: spanId,
  ...(parentId !== undefined && { parentId }),
  ...(debug && { debug: true }),
})

/** The caller's side: from the request's arrival at its sidecar to the end of the answer, all tries included. */
export function clientSpan(record: ExchangeRecord, trace: TraceContext, endpoint: Endpoint | undefined): ZipkinSpan {
  const { sidecar, service, decision } = record
  const cluster = decision?.kind === 'forward' ? decision.cluster : undefined
  return {
    ...place(trace),
    kind: 'CLIENT',
    name: operation(cluster?.host ?? service ?? 'unknown', cluster?.port),
    timestamp: micro(record.startedAt),
    duration: micro(record.durationMs),
    localEndpoint: { serviceName: sidecar.service, ipv4: '127.0.0.1' },
    // Without an answer from a pod there is no SERVER span that could name the other side.
    ...(service && { remoteEndpoint: { serviceName: service, ...(endpoint && placeOf(endpoint)) } }),
    tags: { ...tags(record), 'istio.canonical_service': sidecar.service, 'istio.canonical_revision': sidecar.version },
  }
}

/** The gateway's own: the request as it came from outside. */
export function edgeSpan(record: ExchangeRecord, trace: TraceContext): ZipkinSpan {
  const { sidecar, request } = record
  return {
    ...place(trace),
    kind: 'SERVER',
    name: request?.authority ?? 'unknown',
    timestamp: micro(record.startedAt),
    duration: micro(record.durationMs),
    localEndpoint: { serviceName: sidecar.service, ipv4: '127.0.0.1' },
    tags: tags(record),
  }
}

function tags({ request, decision, status, flags, bytesSent, bytesReceived, protocol, pod }: ExchangeRecord): Record<string, string> {
  return {
    component: 'proxy',
    'http.method': request?.method ?? '',
    'http.url': `${request?.scheme ?? 'http'}://${request?.authority ?? ''}${request?.path ?? ''}`,
    'http.protocol': protocol,
    'http.status_code': String(status),
    'guid:x-request-id': request?.headers['x-request-id']?.[0] ?? '',
    response_flags: flags.join(',') || '-',
    request_size: String(bytesReceived),
    response_size: String(bytesSent),
    route_name: decision?.routeName ?? '',
    ...(decision?.kind === 'forward' && { upstream_cluster: decision.cluster.name }),
    ...(pod && { 'peer.pod': pod }),
    ...((status === 0 || status >= 500) && { error: 'true' }),
  }
}

/** The destination's side of one try. `epoch` turns `performance.now()` into ms since 1970. */
export function serverSpan(
  attempt: Attempt,
  endpoint: Endpoint,
  trace: TraceContext,
  { cluster, path, authority }: Pick<Forward, 'cluster' | 'path' | 'authority'>,
  request: ProxyRequest,
  epoch: number,
): ZipkinSpan {
  const { status } = attempt
  const service = endpoint.labels['service.istio.io/canonical-name'] ?? endpoint.labels['app'] ?? endpoint.workload
  return {
    ...place(trace),
    kind: 'SERVER',
    name: operation(cluster.host, cluster.port),
    timestamp: micro(epoch + attempt.startedAt),
    duration: micro(performance.now() - attempt.startedAt),
    localEndpoint: { serviceName: service, ...placeOf(endpoint) },
    tags: {
      component: 'proxy',
      'http.method': request.method,
      'http.url': `http://${authority}${path}`,
      'http.status_code': String(status),
      'guid:x-request-id': request.headers['x-request-id']?.[0] ?? '',
      response_size: String(attempt.answerBytes),
      upstream_cluster: `inbound|${cluster.port}||`,
      'istio.canonical_service': service,
      'istio.canonical_revision': endpoint.labels['version'] ?? '',
      'istio.mesh_pod': endpoint.pod,
      ...attempt.tags,
      // What the application received, for the lesson on propagation.
      'b3.parentspanid': trace.parentId ?? '',
      ...((status === 0 || status >= 500) && { error: 'true' }),
    },
  }
}

const placeOf = ({ address, port }: Endpoint) => ({ [address.includes(':') ? 'ipv6' : 'ipv4']: address, port })

const operation = (host: string, port?: number) => `${host}${port === undefined ? '' : `:${port}`}/*`
