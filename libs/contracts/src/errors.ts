/** Every error a client can meet: code, status, message. Messages marked *interface* in upstream's contract stay word for word. */
export const errorTable = {
  INVALID_REQUEST: { status: 400, message: 'please send a valid request' },
  INVALID_PATH: { status: 400, message: 'please send the path without percent-encoding' },
  FRAGMENT_SENT: { status: 400, message: 'please send the path without a fragment (#)' },
  HOST_INVALID: { status: 400, message: 'please send one Host header, with the name or address of a host' },
  ID_SPELLING: { status: 400, message: 'please write the product id without leading zeros' },
  NOT_FOUND: { status: 404, message: 'no such route' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'please use a method that the Allow header names' },
  REQUEST_TIMEOUT: { status: 408, message: 'please send the request faster' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'please send JSON' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'please send a smaller body' },
  EXPECTATION_FAILED: { status: 417, message: 'please send Expect with 100-continue only, or without it' },
  HEADERS_TOO_LARGE: { status: 431, message: 'please send fewer or smaller headers' },
  TRANSFER_CODING_UNSUPPORTED: { status: 501, message: 'please send the body with no Transfer-Encoding other than chunked' },
  VERSION_UNSUPPORTED: { status: 505, message: 'please send HTTP/1.1 or HTTP/1.0' },
  OVERLOADED: { status: 503, message: 'the service is overloaded, please try again' },
  INTERNAL: { status: 500, message: 'something went wrong' },

  PROBE_HOST_REFUSED: { status: 403, message: 'a probe calls only the application and the hosts in BOOKINFO_PROBE_HOSTS' },

  USERNAME_INVALID: { status: 400, message: 'please sign in with a username of 1 to 64 visible ASCII characters' },

  DETAILS_ID_INVALID: { status: 400, message: 'please provide numeric product id' },
  BOOK_SERVICE_UNAVAILABLE: { status: 502, message: 'could not get book details from the external book service' },

  RATINGS_ID_INVALID: { status: 400, message: 'please provide numeric product ID' },
  RATINGS_BODY_INVALID: { status: 400, message: 'please provide valid ratings JSON' },
  RATINGS_POST_UNSUPPORTED: { status: 501, message: 'Post not implemented for database backed ratings' },
  RATINGS_DATABASE_UNREACHABLE: { status: 500, message: 'could not connect to ratings database' },
  RATINGS_NOT_LOADED: { status: 500, message: 'could not load ratings from database' },
  RATINGS_NOT_SAVED: { status: 500, message: 'could not save ratings in database' },
  RATINGS_UNAVAILABLE: { status: 503, message: 'Service unavailable' },

  PRODUCT_DETAILS_UNAVAILABLE: { status: 500, message: 'Sorry, product details are currently unavailable for this book.' },
  PRODUCT_REVIEWS_UNAVAILABLE: { status: 500, message: 'Sorry, product reviews are currently unavailable for this book.' },
  PRODUCT_RATINGS_UNAVAILABLE: { status: 500, message: 'Sorry, product ratings are currently unavailable for this book.' },
} as const satisfies Record<string, { status: number; message: string }>

export type ErrorCode = keyof typeof errorTable

/** An error of the table. `status` replaces the table's where a backend's own status is passed on. */
export class ServiceError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number

  constructor(code: ErrorCode, options: { status?: number; cause?: unknown } = {}) {
    super(errorTable[code].message, { cause: options.cause })
    this.code = code
    this.statusCode = options.status ?? errorTable[code].status
  }
}
