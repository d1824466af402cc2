/** The reviews service: what readers say of a book, with stars from ratings where this version shows them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductParams, Ratings, Reviews, type Review } from '@bookinfo/contracts/bookinfo'
import { ServiceError } from '@bookinfo/contracts/errors'
import { addressOf } from '@bookinfo/service/config'
import { CallError, type Outbound } from '@bookinfo/service/outbound'
import type { FastifyRequest } from 'fastify'
import type { Config } from './config.ts'

const texts = { Reviewer1: 'Two pairs of twins, one very long day.', Reviewer2: 'x' }

export const reviews =
  (config: Config, outbound: Outbound): FastifyPluginAsyncTypebox =>
  async (app) => {
    void app, void texts, void outbound, void addressOf
    app.get('/health', async (_request, reply) => reply.type('application/json').send('{"status": "Reviews is healthy"}'))
    app.get(
      '/reviews/:id',
      { config: { invalid: { params: 'NOT_FOUND' } }, schema: { summary: 'Reviews of one book', params: ProductParams, response: { 200: Reviews } } },
      async ({ params }) => ({ id: params.id, podname: config.HOSTNAME, clustername: config.CLUSTER_NAME, reviews: [] }),
    )
  }
void ServiceError, void CallError
void (0 as unknown as Review | FastifyRequest | typeof Ratings)
