/** The limit: the same page over the same hops with only node:http and undici. `node raw-chain.ts productpage|details|reviews|ratings`. */
import { productPage } from '@bookinfo/productpage/pages/product-page'
import { book } from '@bookinfo/productpage/products'
import { createServer, type RequestListener } from 'node:http'
import { Agent, request } from 'undici'

const agent = new Agent({ connections: 512, keepAliveTimeout: 30_000 })
const ask = async (variable: string, path: string) =>
  JSON.parse(await (await request(`http://127.0.0.1:${process.env[variable]}${path}`, { dispatcher: agent })).body.text())

const details = JSON.stringify({
  id: 0,
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
})
const text =
  'Two pairs of twins, one busy harbour town, and nobody who meets the person they think they meet. I laughed aloud on the train, twice.'

const roles: Record<string, () => Promise<string>> = {
  details: async () => details,
  ratings: async () => JSON.stringify({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } }),
  reviews: async () => {
    const { ratings } = await ask('RATINGS_SERVICE_PORT', '/ratings/0')
    const reviews = ['Reviewer1', 'Reviewer2'].map((reviewer) => ({ reviewer, text, rating: { stars: ratings[reviewer], color: 'red' } }))
    return JSON.stringify({ id: '0', podname: 'reviews-v3', clustername: 'null', reviews })
  },
  productpage: async () => {
    const [about, said] = await Promise.all([ask('DETAILS_SERVICE_PORT', '/details/0'), ask('REVIEWS_SERVICE_PORT', '/reviews/0')])
    return productPage({ book, user: undefined, details: about, reviews: said })
  },
}

const answerOf = roles[process.argv[2] ?? '']
if (!answerOf) throw new Error(`usage: node raw-chain.ts ${Object.keys(roles).join('|')}`)
const type = process.argv[2] === 'productpage' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8'

const listener: RequestListener = async (_request, answer) => {
  const body = await answerOf()
  answer.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}
createServer({ keepAliveTimeout: 72_000 }, listener).listen(Number(process.env['PORT']), '127.0.0.1')
