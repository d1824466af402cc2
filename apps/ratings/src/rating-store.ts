/** Where stars are kept: the one thing in which v1, v2 and the embedded store differ. */
import { Stars } from '@bookinfo/contracts/bookinfo'
import { ServiceError, type ErrorCode } from '@bookinfo/contracts/errors'
import { validator } from '@bookinfo/service/validator'

export interface RatingStore {
  /** Stars of the product by reviewer. @throws ServiceError */
  find(id: number): Promise<Stars>
  /** Replaces the product's stars; kept once this returns. @throws ServiceError */
  save(id: number, stars: Stars): Promise<void>
  close(): Promise<void>
}

/** Ratings of a book that has not been rated here. */
export const unrated: Stars = { Reviewer1: 5, Reviewer2: 4 }

export const isStars = validator(Stars)

/** Milliseconds that a database gets to accept a connection, and again to answer. */
export const databaseTimeout = 2000

/** Upstream's reading of a database: its first two ratings are the two reviewers', and a missing one is 0. */
export function starsOfRows([first, second]: readonly unknown[]): Stars {
  const stars = { Reviewer1: first ?? 0, Reviewer2: second ?? 0 }
  if (!isStars(stars)) throw databaseError('RATINGS_NOT_LOADED', new Error('the database holds a rating that is not 0 to 5'))
  return stars
}

/** The table's error for `error` of a driver. Only its code and message are kept: drivers attach their options, and so passwords. */
export function databaseError(code: ErrorCode, error: unknown): ServiceError {
  const { code: reason, name, message } = error as NodeJS.ErrnoException
  return new ServiceError(code, { cause: new Error(`${reason ?? name}: ${message}`) })
}

export async function refuseToSave(): Promise<never> {
  throw new ServiceError('RATINGS_POST_UNSUPPORTED')
}
