import { expect, test } from 'vitest'
import { ServiceError, errorTable } from '../src/errors.ts'

test.each([
  ['DETAILS_ID_INVALID', 400, 'please provide numeric product id'],
  ['RATINGS_ID_INVALID', 400, 'please provide numeric product ID'],
  ['RATINGS_BODY_INVALID', 400, 'please provide valid ratings JSON'],
  ['RATINGS_POST_UNSUPPORTED', 501, 'Post not implemented for database backed ratings'],
  ['RATINGS_DATABASE_UNREACHABLE', 500, 'could not connect to ratings database'],
  ['RATINGS_UNAVAILABLE', 503, 'Service unavailable'],
  ['PRODUCT_DETAILS_UNAVAILABLE', 500, 'Sorry, product details are currently unavailable for this book.'],
  ['PRODUCT_REVIEWS_UNAVAILABLE', 500, 'Sorry, product reviews are currently unavailable for this book.'],
  ['PRODUCT_RATINGS_UNAVAILABLE', 500, 'Sorry, product ratings are currently unavailable for this book.'],
] as const)('%s answers %i in the words that tutorials look for', (code, status, message) => {
  expect(errorTable[code]).toEqual({ status, message })
})

test("a backend's own status is passed on under the words of the table", () => {
  const error = new ServiceError('PRODUCT_REVIEWS_UNAVAILABLE', { status: 503 })
  expect([error.statusCode, error.message]).toEqual([503, 'Sorry, product reviews are currently unavailable for this book.'])
})
