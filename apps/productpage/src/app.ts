/** The product page: the book with what details and reviews say of it, for people as HTML and for programs as JSON. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import formbody from '@fastify/formbody'
import { Details, Product, Ratings, Reviews } from '@bookinfo/contracts/bookinfo'
import { ServiceError } from '@bookinfo/contracts/errors'
import type { Outbound } from '@bookinfo/service/outbound'
import { Type } from '@bookinfo/contracts/schema'
import { createBackends } from './backends.ts'
import type { Config } from './config.ts'
import { indexPage } from './pages/index-page.ts'
import { productPage } from './pages/product-page.ts'
import { book, products } from './products.ts'
import { pathBack } from './referrer.ts'
import { securityHeaders } from './security-headers.ts'
import { Login, registerSessions, signIn, signOut, signedInUser } from './session.ts'
import { serveStaticFiles } from './static-files.ts'

/** What fits into one path segment goes to the services: whether it names a product is theirs to say. */
const ProductParams = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*$' }) })

const html = 'text/html; charset=utf-8'

/** `timeoutMs` is how long one call to another service may take. */
export const productpage =
  (config: Config, outbound: Outbound, timeoutMs = 3000): FastifyPluginAsyncTypebox =>
  async (app) => {
    await registerSessions(app, config.SESSION_SECRET)
    await app.register(formbody)
    const everywhere = securityHeaders(config.FRAME_ANCESTORS)
    app.addHook('onRequest', async (_request, reply) => void reply.headers(everywhere))
    serveStaticFiles(app)
    const backends = createBackends(config, outbound, app.metrics, timeoutMs)

    app.get('/health', async (_request, reply) => reply.type(html).send('Product page is healthy'))

    const index = indexPage(config)
    for (const path of ['/', '/index.html']) {
      app.get(path, { schema: { summary: 'The services, and the ways to the page' } }, async (_request, reply) =>
        reply.type(html).send(index),
      )
    }

    app.get('/productpage', { schema: { summary: 'The page of the book, whatever the other services do' } }, async (request, reply) => {
      const id = String(book.id)
      backends.flood(request, id)
      // Asked side by side, unlike upstream, so that a reader waits for the slower one and not for both.
      const [details, reviews] = await Promise.all([orError(backends.details(request, id)), orError(backends.reviews(request, id))])
      return reply
        .type(html)
        .header('cache-control', 'no-store')
        .send(productPage({ book, user: signedInUser(request), details, reviews }))
    })

    app.get('/api/v1/products', { schema: { summary: 'All books', response: { 200: Type.Array(Product) } } }, async () => [...products])
    app.get(
      '/api/v1/products/:id',
      { schema: { summary: 'Details of a book', params: ProductParams, response: { 200: Details } } },
      async (request) => backends.details(request, request.params.id),
    )
    app.get(
      '/api/v1/products/:id/reviews',
      { schema: { summary: 'Reviews of a book', params: ProductParams, response: { 200: Reviews } } },
      async (request) => backends.reviews(request, request.params.id),
    )
    app.get(
      '/api/v1/products/:id/ratings',
      { schema: { summary: 'Ratings of a book', params: ProductParams, response: { 200: Ratings } } },
      async (request) => backends.ratings(request, request.params.id),
    )

    const login = { config: { invalid: { body: 'USERNAME_INVALID' } }, schema: { summary: 'Signs in, by form', body: Login } } as const
    app.post('/login', login, async (request, reply) => signIn(request, reply, request.body).redirect(pathBack(request)))
    app.get('/logout', { schema: { summary: 'Signs out' } }, async (request, reply) => signOut(reply).redirect(pathBack(request)))
  }

/** What went wrong with a part of the page, in the words that stand on it. */
const orError = <Body>(part: Promise<Body>): Promise<Body | { error: string }> =>
  part.catch((error: unknown) => {
    if (error instanceof ServiceError) return { error: error.message }
    throw error
  })
