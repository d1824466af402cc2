/** The ratings service: how many stars each reviewer gave a book. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductParams, Ratings, Stars, oneSpelling } from '@bookinfo/contracts/bookinfo'
import { anyBodyIsJson } from './any-body-is-json.ts'
import type { Faults } from './faults.ts'
import type { RatingStore } from './rating-store.ts'

export const ratings =
  (store: RatingStore, faults: Faults): FastifyPluginAsyncTypebox =>
  async (app) => {
    anyBodyIsJson(app)
    app.addHook('onClose', () => store.close())

    app.get('/health', async (_request, reply) => {
      if (faults.healthy()) return { status: 'Ratings is healthy' }
      return reply.code(500).send({ status: 'Ratings is not healthy' })
    })

    const config = { invalid: { params: 'RATINGS_ID_INVALID', body: 'RATINGS_BODY_INVALID' } } as const

    const read = { summary: 'Stars of a book, by reviewer', params: ProductParams, response: { 200: Ratings } }
    app.get('/ratings/:id', { config, schema: read }, async ({ params, signal }) => {
      const id = Number(oneSpelling(params.id))
      await faults.strike(signal)
      return { id, ratings: await store.find(id) }
    })

    const write = { summary: 'Replace the stars of a book', params: ProductParams, body: Stars, response: { 200: Ratings } }
    app.post('/ratings/:id', { config, schema: write }, async ({ params, body, signal }) => {
      const id = Number(oneSpelling(params.id))
      await faults.strike(signal)
      await store.save(id, body)
      return { id, ratings: body }
    })
  }
