import { readConfig } from '@bookinfo/contracts/environment'
import { createService } from '@bookinfo/service/create-service'
import { CallError } from '@bookinfo/service/exchange'
import type { Outbound } from '@bookinfo/service/outbound'
import { eventually } from '@bookinfo/tools/eventually'
import request from 'supertest'
import { expect, onTestFinished, test } from 'vitest'
import { productpage } from '../src/app.ts'
import { Config } from '../src/config.ts'
import { answers, breaks, details, reviewsWith, silent, startPage } from './neighbours.ts'

const counted = async (page: Parameters<typeof request>[0]) => {
  const { text } = await request(page).get('/metrics').expect(200)
  return Object.fromEntries(
    [...text.matchAll(/^request_result_total\{destination_app="(\w+)",response_code="(\w+)".*\} (\d+)$/gm)].map(([, app, code, count]) => [
      `${app} ${code}`,
      Number(count),
    ]),
  )
}

test('reviews that do not answer are given up after twice 3 s: the fault-injection tutorial', async () => {
  const asked: string[] = []
  const outbound: Outbound = {
    async get(_request, url, { timeoutMs, peer }) {
      asked.push(`${peer} ${timeoutMs} ms`)
      if (url.includes('/reviews/')) throw new CallError('timeout')
      return { status: 200, body: details }
    },
    close: async () => undefined,
  }
  const app = await createService(productpage(readConfig(Config, {}), outbound), { name: 'productpage', version: 'v1' })
  onTestFinished(() => app.close())
  const { body } = await app.inject('/productpage')
  expect(asked.toSorted()).toEqual(['details 3000 ms', 'reviews 3000 ms', 'reviews 3000 ms'])
  expect(body).toContain('Sorry, product reviews are currently unavailable for this book.')
  expect(body).toContain('William Shakespeare')
})

test('details that do not answer are asked once', async () => {
  const { page, received } = await startPage({ details: silent, timeouts: { details: 50 } })
  await eventually(async () => {
    received.details.length = 0
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text).toContain('Sorry, product details are currently unavailable for this book.')
    expect(text).toContain('by Reviewer1')
    // On a starved machine the time may be over before the call is on its way.
    expect(received.details).toHaveLength(1)
  })
})

test('ratings that do not answer are asked once', async () => {
  const { page, received } = await startPage({ ratings: silent, timeouts: { ratings: 50 } })
  await eventually(async () => {
    received.ratings.length = 0
    await request(page).get('/api/v1/products/0/ratings').expect(500)
    expect(received.ratings).toHaveLength(1)
  })
})

test('a failed call to reviews is retried once, and the page has them', async () => {
  let calls = 0
  const { page } = await startPage({
    reviews: (incoming, response) => (calls++ === 0 ? breaks : answers(reviewsWith()))(incoming, response),
  })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(text).toContain('by Reviewer1')
  expect(calls).toBe(2)
})

test('details and reviews are asked side by side', async () => {
  const waiting: (() => void)[] = []
  const together =
    (body: unknown) =>
    (...exchange: Parameters<ReturnType<typeof answers>>) => {
      waiting.push(() => answers(body)(...exchange))
      if (waiting.length === 2) for (const answer of waiting) answer()
    }
  const { page } = await startPage({ details: together(details), reviews: together(reviewsWith()) })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(text).not.toContain('Sorry')
})

test('every answer is counted by service and status, and none at all as 500', async () => {
  const { page } = await startPage({ reviews: answers('', 503), ratings: breaks })
  await request(page).get('/productpage')
  await request(page).get('/api/v1/products/0')
  await request(page).get('/api/v1/products/0/ratings')
  expect(await counted(page)).toEqual({ 'details 200': 2, 'reviews 503': 2, 'ratings 500': 1 })
})

test('FLOOD_FACTOR sends that many more requests to reviews for each page', async () => {
  const { page, received } = await startPage({ env: { FLOOD_FACTOR: '100' } })
  await request(page).get('/productpage').expect(200)
  await expect.poll(() => received.reviews).toHaveLength(101)
  expect(received.details).toHaveLength(1)
})

test('without FLOOD_FACTOR a page is one request to reviews', async () => {
  const { page, received } = await startPage()
  await request(page).get('/productpage').expect(200)
  expect(received.reviews).toHaveLength(1)
})

test('a flood that fails does not delay the page', async () => {
  // The page gives up its own calls soon, the flood's never end: a page that waited for them would never come.
  const { page } = await startPage({ env: { FLOOD_FACTOR: '2000' }, reviews: silent, timeouts: { reviews: 50 } })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(text).toContain('William Shakespeare')
})

test('a reader who leaves ends the calls, and they are not tried again', async () => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => lines.push(line) } }
  const { page, received } = await startPage({ details: silent, reviews: silent, logger })
  const leaving = request(page).get('/productpage')
  const gone = leaving.catch(() => 'gone')
  await expect.poll(() => received.reviews).toHaveLength(1)
  const closed = Promise.all(
    [received.details[0], received.reviews[0]].map((incoming) => new Promise((resolve) => incoming?.socket.once('close', resolve))),
  )
  leaving.abort()
  await closed
  await gone
  expect(received.reviews).toHaveLength(1)
  expect(await counted(page)).toEqual({})
  expect(lines).toEqual([])
})
