/** When another try is made, by the names of Envoy's `retry_on`. */
import type { Random, RetryPolicy } from '@bookinfo/rules/decision'
import type { IncomingHttpHeaders } from 'node:http'
import type { ConnectFailure, Failure } from './attempt.ts'

const gatewayErrors = new Set([502, 503, 504])
const grpcStatus: Readonly<Record<string, string>> = {
  cancelled: '1',
  'deadline-exceeded': '4',
  'resource-exhausted': '8',
  internal: '13',
  unavailable: '14',
}

export function retriesAnswer({ on, statusCodes }: RetryPolicy, status: number, headers: IncomingHttpHeaders): boolean {
  if (headers['x-envoy-overloaded'] !== undefined) return false
  return on.some((condition) => {
    if (condition === '5xx') return status >= 500
    if (condition === 'gateway-error') return gatewayErrors.has(status)
    if (condition === 'retriable-4xx') return status === 409
    if (condition === 'retriable-status-codes') return statusCodes.includes(status)
    if (condition === 'envoy-ratelimited') return headers['x-envoy-ratelimited'] !== undefined
    return grpcStatus[condition] !== undefined && headers['grpc-status'] === grpcStatus[condition]
  })
}

const connectFailures: ReadonlySet<string> = new Set<ConnectFailure>([
  'refused',
  'connect timeout',
  'unverified',
  'no TLS',
  'closed handshake',
])

/** No answer came: the connection failed, was reset, or the try took longer than it may. */
export function retriesFailure({ on }: RetryPolicy, failure: Failure | 'per-try timeout'): boolean {
  const connectFailure = connectFailures.has(failure)
  return on.some((condition) => {
    if (condition === '5xx' || condition === 'gateway-error' || condition === 'reset') return true
    if (condition === 'refused-stream') return failure === 'refused stream'
    return connectFailure && (condition === 'connect-failure' || condition === 'reset-before-request')
  })
}

/** ms to wait before the `retry`-th further try (from 1): random below base·(2ⁿ − 1), at most the longest. */
export function backOff({ backOffMs: [base, max] }: RetryPolicy, retry: number, random: Random): number {
  return Math.min(base * (2 ** Math.min(retry, 20) - 1) * random(), max)
}
