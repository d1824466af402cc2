/** Spans as Istio's proxies report them: each side of a hop reports one. A page makes nine, so they are built without copies. */
import { grpcCodes, isGrpc } from '@bookinfo/rules/grpc'
import type { Cluster, Endpoint, RuleRequest } from '@bookinfo/rules/decision'
import type { TraceContext } from '../tracing/b3.ts'
import type { ZipkinEndpoint, ZipkinSpan } from '../tracing/span.ts'
import type { Attempt } from './attempt.ts'
import type { ExchangeRecord } from './exchange-record.ts'

type Tags = Record<string, string>

const micro = (ms: number) => Math.max(1, Math.round(ms * 1000))

/** The caller's side: from the request's arrival at its sidecar to the end of the answer, all tries included. */
export function clientSpan(record: ExchangeRecord, trace: TraceContext, endpoint: Endpoint | undefined): ZipkinSpan {
  const { sidecar, service, decision } = record
  const cluster = decision?.kind === 'forward' ? decision.cluster : undefined
  const tags = tagsOf(record)
  tags['istio.canonical_service'] = sidecar.service
  tags['istio.canonical_revision'] = sidecar.version
  const span = spanOf(trace, 'CLIENT', operation(cluster?.host ?? service ?? 'unknown', cluster?.port), record.startedAt, record.durationMs)
  span.localEndpoint = { serviceName: sidecar.service, ipv4: '127.0.0.1' }
  // Without an answer from a pod there is no SERVER span that could name the other side.
  if (service) span.remoteEndpoint = endpoint ? placeOf(service, endpoint) : { serviceName: service }
  span.tags = tags
  return span
}

/** The gateway's own span: the request as it came from outside. */
export function edgeSpan(record: ExchangeRecord, trace: TraceContext): ZipkinSpan {
  const span = spanOf(trace, 'SERVER', record.request?.authority ?? 'unknown', record.startedAt, record.durationMs)
  span.localEndpoint = { serviceName: record.sidecar.service, ipv4: '127.0.0.1' }
  span.tags = tagsOf(record)
  return span
}

/** The destination's side of one try; `request` as it arrived. `epoch` turns `performance.now()` into ms since 1970. */
export function serverSpan(
  attempt: Attempt,
  endpoint: Endpoint,
  trace: TraceContext,
  cluster: Cluster,
  request: RuleRequest,
  epoch: number,
): ZipkinSpan {
  const { status, startedAt } = attempt
  const { labels } = endpoint
  const service = labels['service.istio.io/canonical-name'] ?? labels['app'] ?? endpoint.workload
  const span = spanOf(trace, 'SERVER', operation(cluster.host, cluster.port), epoch + startedAt, performance.now() - startedAt)
  span.localEndpoint = placeOf(service, endpoint)
  const tags: Tags = {
    component: 'proxy',
    'http.method': request.method,
    'http.url': `http://${request.authority}${request.path}`,
    'http.status_code': String(status),
    'guid:x-request-id': request.headers['x-request-id']?.[0] ?? '',
    response_size: String(attempt.answerBytes),
    upstream_cluster: `inbound|${cluster.port}||`,
    'istio.canonical_service': service,
    'istio.canonical_revision': labels['version'] ?? '',
    'istio.mesh_pod': endpoint.pod,
    ...attempt.tags,
    // What the application received, for the lesson on propagation.
    'b3.parentspanid': trace.parentId ?? '',
  }
  if (attempt.grpcStatus !== undefined && isGrpc(request.headers)) tellGrpc(tags, request, attempt.grpcStatus)
  if (failed(status)) tags['error'] = 'true'
  span.tags = tags
  return span
}

function spanOf({ traceId, spanId, parentId, debug }: TraceContext, kind: 'CLIENT' | 'SERVER', name: string, start: number, ms: number) {
  const span: ZipkinSpan = { traceId, id: spanId, kind, name, timestamp: micro(start), duration: micro(ms) }
  if (parentId !== undefined) span.parentId = parentId
  if (debug) span.debug = true
  return span
}

function tagsOf({ request, decision, status, grpcStatus, flags, bytesSent, bytesReceived, protocol, pod }: ExchangeRecord): Tags {
  const tags: Tags = {
    component: 'proxy',
    'http.method': request?.method ?? '',
    'http.url': `${request?.scheme ?? 'http'}://${request?.authority ?? ''}${request?.path ?? ''}`,
    'http.protocol': protocol,
    'http.status_code': String(status),
    'guid:x-request-id': request?.headers['x-request-id']?.[0] ?? '',
    response_flags: flags.length === 0 ? '-' : flags.join(','),
    request_size: String(bytesReceived),
    response_size: String(bytesSent),
    route_name: decision?.routeName ?? '',
  }
  if (decision?.kind === 'forward') tags['upstream_cluster'] = decision.cluster.name
  if (pod) tags['peer.pod'] = pod
  if (request && grpcStatus !== undefined) tellGrpc(tags, request, grpcStatus)
  if (failed(status)) tags['error'] = 'true'
  return tags
}

/** A call of gRPC by its own names; its failures are 200 in HTTP. */
function tellGrpc(tags: Tags, { path, authority, headers }: RuleRequest, code: number) {
  tags['grpc.path'] = path
  tags['grpc.authority'] = authority
  tags['grpc.content_type'] = headers['content-type']?.[0] ?? ''
  if (headers['grpc-timeout']) tags['grpc.timeout'] = headers['grpc-timeout'][0]!
  tags['grpc.status_code'] = String(code)
  if (isServersFault(code)) tags['error'] = 'true'
}

const serversFaults: ReadonlySet<number> = new Set([
  grpcCodes.UNKNOWN,
  grpcCodes.DEADLINE_EXCEEDED,
  grpcCodes.UNIMPLEMENTED,
  grpcCodes.INTERNAL,
  grpcCodes.UNAVAILABLE,
  grpcCodes.DATA_LOSS,
])

/** Whether a code counts as an error, as Envoy has it; codes that gRPC does not have do too. */
export const isServersFault = (code: number | undefined) => code !== undefined && (serversFaults.has(code) || code > 16)

const failed = (status: number) => status === 0 || status >= 500

const placeOf = (serviceName: string, { address, port }: Endpoint): ZipkinEndpoint =>
  address.includes(':') ? { serviceName, ipv6: address, port } : { serviceName, ipv4: address, port }

const operation = (host: string, port?: number) => `${host}${port === undefined ? '' : `:${port}`}/*`
