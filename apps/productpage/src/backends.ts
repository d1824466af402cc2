/** What productpage asks of details, reviews and ratings, and what it makes of their answers. */
import { Details, Ratings, Reviews, oneSpelling } from '@bookinfo/contracts/bookinfo'
import { ServiceError, type ErrorCode } from '@bookinfo/contracts/errors'
import { CallError } from '@bookinfo/service/exchange'
import type { Outbound } from '@bookinfo/service/outbound'
import { validator } from '@bookinfo/service/validator'
import type { FastifyRequest } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import { addressesOf, type Config } from './config.ts'
import { signedInUser } from './session.ts'

interface Backend<Body> {
  /** In the metric, and the first segment of its paths. */
  name: 'details' | 'reviews' | 'ratings'
  isValid: (body: unknown) => body is Body
  error: ErrorCode
  attempts: number
}

export interface Backends {
  /** All three throw a ServiceError with the backend's status when that is an error, else 500. */
  details(request: FastifyRequest, id: string): Promise<Details>
  reviews(request: FastifyRequest, id: string): Promise<Reviews>
  ratings(request: FastifyRequest, id: string): Promise<Ratings>
  /** Sends FLOOD_FACTOR requests to reviews, without waiting for them; their answers never matter. */
  flood(request: FastifyRequest, id: string): void
}

/** `timeoutMs` is the limit of one attempt. */
export function createBackends(config: Config, outbound: Outbound, metrics: Registry, timeoutMs: number): Backends {
  const addresses = addressesOf(config)
  const details = { name: 'details', isValid: validator(Details), error: 'PRODUCT_DETAILS_UNAVAILABLE', attempts: 1 } as const
  const ratings = { name: 'ratings', isValid: validator(Ratings), error: 'PRODUCT_RATINGS_UNAVAILABLE', attempts: 1 } as const
  // Two attempts are the bug that the fault-injection tutorial finds: 2 x 3 s is less than the 7 s it injects and the 10 s that reviews waits.
  const reviews = { name: 'reviews', isValid: validator(Reviews), error: 'PRODUCT_REVIEWS_UNAVAILABLE', attempts: 2 } as const

  const results = new Counter({
    name: 'request_result_total',
    help: 'Answers of other services to productpage; 500 where there was none',
    labelNames: ['destination_app', 'response_code'] as const,
    registers: [metrics],
  })

  async function attempt(request: FastifyRequest, { name, error: code }: Backend<unknown>, id: string, detached = false) {
    // A client's own end-user never passes: only signed-in users have an identity.
    const headers = { 'end-user': signedInUser(request) }
    try {
      const answer = await outbound.get(request, `${addresses[name]}/${name}/${id}`, { timeoutMs, headers, peer: name, detached })
      results.inc({ destination_app: name, response_code: answer.status })
      return { ...answer, error: undefined }
    } catch (error) {
      // This answer is not read: whatever it is, it is not a failure of the backend and no reason to try again.
      if (error instanceof CallError && error.reason === 'caller gone') throw new ServiceError(code, { status: 499, cause: error })
      results.inc({ destination_app: name, response_code: 500 })
      return { status: 500, body: undefined, error }
    }
  }

  async function ask<Body>(backend: Backend<Body>, request: FastifyRequest, id: string): Promise<Body> {
    oneSpelling(id)
    let status = 500
    for (let count = 0; count < backend.attempts; count++) {
      const answer = await attempt(request, backend, id)
      if (answer.status === 200 && backend.isValid(answer.body)) return answer.body
      request.log.warn({ destination: backend.name, status: answer.status, err: answer.error }, 'no usable answer')
      status = answer.status >= 400 ? answer.status : 500
    }
    throw new ServiceError(backend.error, { status })
  }

  /** Few at a time, so that one page cannot use up the sockets of the process. */
  async function flood(request: FastifyRequest, id: string) {
    let left = config.FLOOD_FACTOR
    const worker = async () => {
      while (left-- > 0) await attempt(request, reviews, id, true)
    }
    await Promise.allSettled(Array.from({ length: Math.min(left, 32) }, worker))
  }

  return {
    details: (request, id) => ask(details, request, id),
    reviews: (request, id) => ask(reviews, request, id),
    ratings: (request, id) => ask(ratings, request, id),
    flood: (request, id) => void flood(request, id),
  }
}
