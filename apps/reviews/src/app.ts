/** The reviews service: what readers say of a book, with stars from ratings where this version shows them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductParams, Ratings, Reviews, oneSpelling, type Review } from '@bookinfo/contracts/bookinfo'
import { addressOf } from '@bookinfo/service/config'
import type { Outbound } from '@bookinfo/service/outbound'
import { validator } from '@bookinfo/service/validator'
import type { FastifyRequest } from 'fastify'
import type { Config } from './config.ts'

const texts = [
  {
    reviewer: 'Reviewer1',
    text: 'Two pairs of twins, one busy harbour town, and nobody who meets the person they think they meet. I laughed aloud on the train, twice.',
  },
  {
    reviewer: 'Reviewer2',
    text: 'The plot is a clockwork of wrong doors and borrowed names. It ticks a little loudly next to the later comedies, yet every wheel turns.',
  },
]

const isRatings = validator(Ratings)

/** In upstream's words: tutorials look for them. */
const unavailable = { error: 'Ratings service is currently unavailable' }

/** Upstream's: v2 with its black stars waits longer than productpage does, which is what the fault-injection tutorial finds. */
const ratingsLimit = (config: Config) => (config.STAR_COLOR === 'black' ? 10_000 : 2_500)

/** `timeoutMs` is how long ratings may take. */
export const reviews =
  (config: Config, outbound: Outbound, timeoutMs = ratingsLimit(config)): FastifyPluginAsyncTypebox =>
  async (app) => {
    const ratingsAddress = addressOf(config.RATINGS_HOSTNAME, config.RATINGS_SERVICE_PORT, config.SERVICES_DOMAIN)

    app.get('/health', async (_request, reply) => reply.type('application/json').send('{"status": "Reviews is healthy"}'))

    const route = {
      config: { invalid: { params: 'NOT_FOUND' } },
      schema: { summary: 'Reviews of a book, with stars where this version shows them', params: ProductParams, response: { 200: Reviews } },
    } as const
    app.get('/reviews/:id', route, async (request) => {
      const id = oneSpelling(request.params.id)
      const rate = config.ENABLE_RATINGS ? await ratingOf(request, id) : () => ({})
      const rated = texts.map((review): Review => ({ ...review, ...rate(review.reviewer) }))
      return { id, podname: config.HOSTNAME, clustername: config.CLUSTER_NAME, reviews: rated }
    })

    /** What ratings says of the product, as a function of the reviewer. Whatever goes wrong there, reviews still answers. */
    async function ratingOf(request: FastifyRequest, id: string): Promise<(reviewer: string) => Pick<Review, 'rating'>> {
      try {
        const { status, body } = await outbound.get(request, `${ratingsAddress}/ratings/${id}`, { timeoutMs, peer: 'ratings' })
        if (status === 200 && isRatings(body)) {
          return (reviewer) => {
            const stars = body.ratings[reviewer]
            return { rating: stars === undefined ? unavailable : { stars, color: config.STAR_COLOR } }
          }
        }
        request.log.warn({ status }, 'ratings gave no ratings')
      } catch (error) {
        request.log.warn({ err: error }, 'ratings did not answer')
      }
      return () => ({ rating: unavailable })
    }
  }
