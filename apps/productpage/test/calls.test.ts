import request from 'supertest'
import { expect, test, vi } from 'vitest'
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

test('reviews that wait 7 s are given up after twice 3 s: the fault-injection tutorial', async () => {
  const { page, received } = await startPage({
    reviews: (incoming, response) => void setTimeout(() => answers(reviewsWith())(incoming, response), 7000),
  })
  const start = performance.now()
  const { text } = await request(page).get('/productpage').expect(200)
  const seconds = (performance.now() - start) / 1000
  expect(seconds).toBeGreaterThan(5.9)
  expect(seconds).toBeLessThan(6.9)
  expect(received.reviews).toHaveLength(2)
  expect(text).toContain('Sorry, product reviews are currently unavailable for this book.')
  expect(text).toContain('William Shakespeare')
})

test('details that do not answer are asked once', async () => {
  const { page, received } = await startPage({ details: silent, timeoutMs: 50 })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(received.details).toHaveLength(1)
  expect(text).toContain('Sorry, product details are currently unavailable for this book.')
  expect(text).toContain('by Reviewer1')
})

test('ratings that do not answer are asked once', async () => {
  const { page, received } = await startPage({ ratings: silent, timeoutMs: 50 })
  await request(page).get('/api/v1/products/0/ratings').expect(500)
  expect(received.ratings).toHaveLength(1)
})

test('reviews that fail once are asked again, and the page has them', async () => {
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
  await vi.waitFor(() => expect(received.reviews).toHaveLength(101), 5000)
  expect(received.details).toHaveLength(1)
})

test('without FLOOD_FACTOR a page is one request to reviews', async () => {
  const { page, received } = await startPage()
  await request(page).get('/productpage').expect(200)
  expect(received.reviews).toHaveLength(1)
})

test('a flood that fails does not delay the page', async () => {
  const { page } = await startPage({ env: { FLOOD_FACTOR: '2000' }, reviews: silent, timeoutMs: 100 })
  const start = performance.now()
  const { text } = await request(page).get('/productpage').expect(200)
  expect(text).toContain('William Shakespeare')
  // The flood itself takes more than 6 s: 2000 requests, 32 at a time, 0.1 s each.
  expect(performance.now() - start).toBeLessThan(3000)
})

test('a reader who leaves ends the calls, and they are not tried again', async () => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => lines.push(line) } }
  const { page, received } = await startPage({ details: silent, reviews: silent, logger })
  const leaving = request(page).get('/productpage')
  const gone = leaving.catch(() => 'gone')
  await vi.waitFor(() => expect(received.reviews).toHaveLength(1))
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
