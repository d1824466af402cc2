/** The details service: author, year, pages and numbers of a book, its own or those of an external book service. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Details, ProductParams, oneSpelling } from '@bookinfo/contracts/bookinfo'
import { ServiceError } from '@bookinfo/contracts/errors'
import type { Outbound } from '@bookinfo/service/outbound'
import type { FastifyRequest } from 'fastify'
import { detailsOf } from './book-service.ts'
import type { Config } from './config.ts'

const book = {
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
}

/** The Comedy of Errors, in the edition that upstream asks for. */
const isbn = '0486424618'

/** `timeoutMs` is how long the external book service may take. */
export const details =
  (config: Config, outbound: Outbound, timeoutMs = 5000): FastifyPluginAsyncTypebox =>
  async (app) => {
    const scheme = config.DO_NOT_ENCRYPT ? 'http' : 'https'
    const bookUrl = `${scheme}://${config.BOOK_SERVICE_HOST}/books/v1/volumes?q=isbn:${isbn}`

    app.get('/health', async () => ({ status: 'Details is healthy' }))

    const route = {
      config: { invalid: { params: 'DETAILS_ID_INVALID' } },
      schema: { summary: 'Details of a book', params: ProductParams, response: { 200: Details } },
    } as const
    app.get('/details/:id', route, async (request) => {
      const id = Number(oneSpelling(request.params.id))
      const found = config.ENABLE_EXTERNAL_BOOK_SERVICE ? await askBookService(request) : book
      return { id, ...found }
    })
    app.get('/details', { schema: { hide: true } }, async () => {
      throw new ServiceError('DETAILS_ID_INVALID')
    })

    async function askBookService(request: FastifyRequest) {
      try {
        const { status, body } = await outbound.get(request, bookUrl, { timeoutMs, external: true })
        if (status !== 200) throw new Error(`the external book service answered ${status}`)
        return detailsOf(body)
      } catch (cause) {
        throw new ServiceError('BOOK_SERVICE_UNAVAILABLE', { cause })
      }
    }
  }
