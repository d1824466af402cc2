/** What came back for one request, wherever it was sent from. */

interface Echo {
  path: string
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
  /** What the workload received, when it answered with an echo. */
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
}

export function answerOf({ status, error, servedBy, ms, at, late = 0, headers = {}, body = '', bytes = 0 }: Wire): Answer {
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
    echo: echoOf(body),
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
