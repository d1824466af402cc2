import type { RetryPolicy } from '../model/decision.ts'
import { duration } from '../model/duration.ts'

interface Retries {
  attempts?: number
  perTryTimeout?: string
  retryOn?: string
  backoff?: string
  retryIgnorePreviousHosts?: boolean
}

const defaultConditions = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes']
const baseMs = 25

/** Istio's policy for routes that say nothing about retries; Envoy's longest back-off is ten times the base. */
export const defaultRetry: RetryPolicy = { attempts: 2, on: defaultConditions, statusCodes: [], backOffMs: [baseMs, baseMs * 10] }
const noRetry: RetryPolicy = { attempts: 0, on: [], statusCodes: [], backOffMs: [baseMs, baseMs * 10] }

/** A VirtualService's retries. Numbers among the conditions are status codes. */
export const retryOf = (given: Retries | undefined): RetryPolicy => {
  if (!given) return defaultRetry
  if (!given.attempts) return noRetry
  const parts = (given.retryOn ?? '').split(',').flatMap((part) => part.trim() || [])
  const statusCodes = parts.filter((part) => /^\d+$/.test(part)).map(Number)
  const words = parts.filter((part) => !/^\d+$/.test(part))
  if (statusCodes.length > 0 && !words.includes('retriable-status-codes')) words.push('retriable-status-codes')
  const base = given.backoff === undefined ? baseMs : duration(given.backoff)
  return {
    attempts: given.attempts,
    on: given.retryOn ? words : defaultConditions,
    statusCodes,
    backOffMs: [base, base * 10],
    ...(given.retryIgnorePreviousHosts !== undefined && { otherHosts: given.retryIgnorePreviousHosts }),
    ...(given.perTryTimeout !== undefined && { perTryTimeoutMs: duration(given.perTryTimeout) }),
  }
}
