/** What came back for one request, wherever it was sent from. */

interface Echo {
  path: string
  /** `HTTP/1.1`, of an echo by HTTP. */
  proto?: string
  host: string
  method: string
  headers: Record<string, string[]>
  namespace: string
  service: string
  version: string
  pod: string
  peer: string | null
  attempt: number
}

export interface Answer {
  /** 0 when there was no whole answer; then `error` says why. */
  status: number
  error?: string
  servedBy: { service: string; version: string; pod: string } | null
  ms: number
  /** When it was sent: milliseconds after the first request of the same call. */
  at: number
  /** How late, in milliseconds, a request was answered that was sent at the same time to a workload without rules. */
  late: number
  /** By lower-case name. */
  headers: Record<string, string>
  body: string
  bytes: number
  /** Status of gRPC, -1 where the answer carried none; undefined where the request was none of gRPC. */
  grpcStatus: number | undefined
  grpcMessage: string
  /** What the workload received, when it answered with an echo; by a stream, with its first answer. */
  echo: Echo | undefined
}

export interface Wire {
  status: number
  error?: string
  servedBy?: Answer['servedBy']
  ms: number
  at: number
  late?: number
  headers?: Record<string, string | string[] | undefined>
  body?: string
  bytes?: number
  grpcStatus?: number
  grpcMessage?: string
}

export function answerOf({ status, error, servedBy, ms, at, late = 0, headers = {}, body = '', bytes = 0, ...grpc }: Wire): Answer {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]))
  return {
    status,
    ...(error !== undefined && { error }),
    servedBy: servedBy ?? servedByOf(flat['x-bookinfo-served-by']),
    ms,
    at,
    late,
    headers: flat,
    body,
    bytes,
    grpcStatus: grpc.grpcStatus,
    grpcMessage: grpc.grpcMessage ?? '',
    echo: echoOf(body) ?? grpcEchoOf(body),
  }
}

function servedByOf(header: string | undefined): Answer['servedBy'] {
  const [service, version, pod] = header?.split('/') ?? []
  return service && version && pod ? { service, version, pod } : null
}

function echoOf(body: string): Echo | undefined {
  if (!body.startsWith('{"path"')) return undefined
  try {
    const echo = JSON.parse(body) as Echo
    const headers = Object.fromEntries(Object.entries(echo.headers).map(([name, values]) => [name.toLowerCase(), values]))
    return { ...echo, headers }
  } catch {
    return undefined
  }
}

/** The same of an echo by gRPC, in whose words a header is a pair. */
function grpcEchoOf(body: string): Echo | undefined {
  if (!/^\[?\{"assertions"/.test(body)) return undefined
  try {
    const parsed = JSON.parse(body) as GrpcEcho | GrpcEcho[]
    const { assertions } = Array.isArray(parsed) ? parsed[0]! : parsed
    const headers: Record<string, string[]> = {}
    for (const { key, value = '' } of assertions.headers ?? []) (headers[key.toLowerCase()] ??= []).push(value)
    const { namespace, serviceName: service, pod } = assertions.context
    const { fullyQualifiedMethod: path, authority: host, version, peer = null, attempt } = assertions
    return { path, host, method: 'POST', headers, namespace, service, version, pod, peer, attempt }
  } catch {
    return undefined
  }
}

interface GrpcEcho {
  assertions: {
    fullyQualifiedMethod: string
    authority: string
    headers?: { key: string; value?: string }[]
    context: { namespace: string; serviceName: string; pod: string }
    version: string
    peer?: string
    attempt: number
  }
}
