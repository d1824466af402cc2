import { freePort, startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = (app: string) => join(import.meta.dirname, `../../${app}/src/main.ts`)

const running: ServiceProcess[] = []
let where: Record<string, string>
let ratings: ServiceProcess

async function start(app: string, env: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = await startService(main(app), { DRAIN_DELAY_MS: '0', LOG_LEVEL: 'warn', ...env })
  running.push(service)
  return service
}

beforeAll(async () => {
  const grpcPorts = { DETAILS: await freePort(), REVIEWS: await freePort(), RATINGS: await freePort() }
  const place = (name: keyof typeof grpcPorts, { port }: ServiceProcess) => ({
    [`${name}_HOSTNAME`]: '127.0.0.1',
    [`${name}_SERVICE_PORT`]: String(port),
    [`${name}_GRPC_PORT`]: String(grpcPorts[name]),
  })
  ratings = await start('ratings', { GRPC_PORT: String(grpcPorts.RATINGS), LOG_LEVEL: 'info' })
  const stars = { ENABLE_RATINGS: 'true', STAR_COLOR: 'red', HOSTNAME: 'reviews-v3-a', ...place('RATINGS', ratings) }
  const [details, reviews] = await Promise.all([
    start('details', { GRPC_PORT: String(grpcPorts.DETAILS) }),
    start('reviews', { GRPC_PORT: String(grpcPorts.REVIEWS), OUTBOUND_PROTOCOL: 'grpc', ...stars }),
  ])
  where = { ...place('DETAILS', details), ...place('REVIEWS', reviews), ...place('RATINGS', ratings) }
})
afterAll(async () => void (await Promise.all(running.map((service) => service.stop()))))

const json = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers })
  return { status: answer.status, body: await answer.json() }
}

const red = (stars: number) => ({ stars, color: 'red' })

test.each([
  ['h1', 'off'],
  ['h2c', 'off'],
  ['h2c', 'on'],
  ['grpc', 'off'],
  ['grpc', 'on'],
])('with OUTBOUND_PROTOCOL=%s and keepalive %s the page gets the same answers and errors', async (protocol, keepAlive) => {
  const page = await start('productpage', { ...where, OUTBOUND_PROTOCOL: protocol, OUTBOUND_KEEPALIVE: keepAlive })
  const products = `${page.url}/api/v1/products`
  for (let round = 0; round < 2; round++) {
    expect(await json(`${products}/0`)).toEqual({
      status: 200,
      body: {
        id: 0,
        author: 'William Shakespeare',
        year: 1595,
        type: 'paperback',
        pages: 200,
        publisher: 'PublisherA',
        language: 'English',
        'ISBN-10': '1234567890',
        'ISBN-13': '123-1234567890',
      },
    })
    expect(await json(`${products}/123456789012345/ratings`)).toMatchObject({ status: 200, body: { id: 123456789012345 } })
    expect(await json(`${products}/0/reviews`)).toMatchObject({
      status: 200,
      body: { id: '0', podname: 'reviews-v3-a', clustername: 'null', reviews: [{ rating: red(5) }, { rating: red(4) }] },
    })
  }
  expect(await json(`${products}/abc`)).toMatchObject({ status: 400 })
  expect(await json(`${products}/00/ratings`)).toMatchObject({ status: 400 })
  const trace = `${protocol}${keepAlive}`
  const headers = { 'x-b3-traceid': trace, 'x-b3-spanid': 'b', 'x-request-id': 'r', 'user-agent': `agent-${trace}` }
  expect((await fetch(`${page.url}/productpage`, { headers })).status).toBe(200)
  await expect.poll(() => ratings.output()).toContain(`"request_id":"r","trace_id":"${trace}","span_id":"b"`)
  expect(await page.stop()).toBe(0)
})

test('a service that is down is the same error by gRPC', async () => {
  const nowhere = { ...where, DETAILS_GRPC_PORT: String(await freePort()), REVIEWS_GRPC_PORT: String(await freePort()) }
  const page = await start('productpage', { ...nowhere, OUTBOUND_PROTOCOL: 'grpc' })
  const error = { error: 'Sorry, product details are currently unavailable for this book.' }
  expect(await json(`${page.url}/api/v1/products/0`)).toEqual({ status: 500, body: error })
  expect((await fetch(`${page.url}/productpage`)).status).toBe(200)
})
