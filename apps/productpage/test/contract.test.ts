import request from 'supertest'
import { expect, test } from 'vitest'
import { answers, breaks, details, ratings, reviewsWith, startPage } from './neighbours.ts'

const starsOn = (html: string) => html.split('glyphicon glyphicon-star').length - 1

test('GET /health is HTML, in upstream’s words', async () => {
  const { page } = await startPage()
  await request(page)
    .get('/health')
    .expect(200, 'Product page is healthy')
    .expect('content-type', /^text\/html/)
})

for (const path of ['/', '/index.html']) {
  test(`GET ${path} shows the services as nested tables and links to both users’ pages`, async () => {
    const { page } = await startPage()
    const { text } = await request(page)
      .get(path)
      .expect(200)
      .expect('content-type', /^text\/html/)
    expect(text).toContain('href="/productpage?u=normal"')
    expect(text).toContain('href="/productpage?u=test"')
    expect(text).toMatch(/<table[^>]*>(?:(?!<\/table>)[^])*<table[^>]*>(?:(?!<\/table>)[^])*details/)
    for (const service of ['productpage', 'details', 'reviews', 'ratings']) expect(text).toContain(service)
  })
}

for (const path of ['/productpage', '/productpage?u=normal', '/productpage?u=test']) {
  test(`GET ${path} is the page of the book`, async () => {
    const { page } = await startPage()
    const { text } = await request(page)
      .get(path)
      .expect(200)
      .expect('content-type', /^text\/html/)
    expect(text).toContain('<title>Simple Bookstore App</title>')
    expect(text).toContain('The Comedy of Errors')
    expect(text).toContain('William Shakespeare')
    expect(text).toContain('123-1234567890')
    expect(text).toContain('by Reviewer2')
    expect(text).toMatch(/Reviews served by:.*reviews-v2-abc/)
    expect(starsOn(text)).toBe(0)
  })
}

test('each star is named once, in the colour of the rating, and empty stars are not', async () => {
  const { page } = await startPage({ reviews: answers(reviewsWith({ stars: 4, color: 'red' })) })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(starsOn(text)).toBe(8)
  expect(text.match(/aria-label="4 of 5 stars, red"/g)).toHaveLength(2)
  expect(text.match(/ color="red"/g)).toHaveLength(2)
})

test('ratings that are unavailable are said so, and no star is shown', async () => {
  const { page } = await startPage({ reviews: answers(reviewsWith({ error: 'Ratings service is currently unavailable' })) })
  const { text } = await request(page).get('/productpage').expect(200)
  expect(text.match(/Ratings service is currently unavailable/g)).toHaveLength(2)
  expect(starsOn(text)).toBe(0)
})

test('the cluster is named where there is one', async () => {
  const { page } = await startPage({ reviews: answers({ ...reviewsWith(), clustername: 'east' }) })
  const { text } = await request(page).get('/productpage')
  expect(text).toContain('on cluster <code>east</code>')
})

test('a cluster called null is none', async () => {
  const { page } = await startPage()
  const { text } = await request(page).get('/productpage')
  expect(text).not.toContain('on cluster')
})

for (const [what, broken] of [
  ['break the connection', breaks],
  ['answer 500', answers({ error: 'no' }, 500)],
  ['answer 503 without JSON', answers('upstream connect error', 503)],
] as const) {
  test(`the page is 200 and says what is missing when details and reviews ${what}`, async () => {
    const { page } = await startPage({ details: broken, reviews: broken })
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text).toContain('<title>Simple Bookstore App</title>')
    expect(text).toContain('Error fetching product details!')
    expect(text).toContain('Sorry, product details are currently unavailable for this book.')
    expect(text).toContain('Error fetching product reviews!')
    expect(text).toContain('Sorry, product reviews are currently unavailable for this book.')
  })
}

test('GET /api/v1/products lists the book', async () => {
  const { page } = await startPage()
  const { body } = await request(page).get('/api/v1/products').expect(200)
  expect(body).toEqual([{ id: 0, title: 'The Comedy of Errors', descriptionHtml: expect.stringMatching(/Syracuse/) }])
})

test('GET /api/v1/products/0 is what details answers', async () => {
  const { page, received } = await startPage()
  await request(page).get('/api/v1/products/0').expect(200, details)
  expect(received.details.map(({ url }) => url)).toEqual(['/details/0'])
})

test('GET /api/v1/products/0/reviews is what reviews answers', async () => {
  const reviews = reviewsWith({ stars: 5, color: 'black' })
  const { page, received } = await startPage({ reviews: answers(reviews) })
  await request(page).get('/api/v1/products/0/reviews').expect(200, reviews)
  expect(received.reviews.map(({ url }) => url)).toEqual(['/reviews/0'])
})

test('GET /api/v1/products/0/ratings is what ratings answers', async () => {
  const { page, received } = await startPage()
  await request(page).get('/api/v1/products/0/ratings').expect(200, ratings)
  expect(received.ratings.map(({ url }) => url)).toEqual(['/ratings/0'])
})

const parts = [
  { path: '/api/v1/products/abc', name: 'details' },
  { path: '/api/v1/products/0/reviews', name: 'reviews' },
  { path: '/api/v1/products/0/ratings', name: 'ratings' },
] as const

for (const { path, name } of parts) {
  const error = `Sorry, product ${name} are currently unavailable for this book.`
  for (const status of [400, 404, 501, 503]) {
    test(`GET ${path} passes on the ${status} of ${name}`, async () => {
      const { page } = await startPage({ [name]: answers({ error: 'custom' }, status) })
      await request(page).get(path).expect(status, { error })
    })
  }

  test(`GET ${path} is 500 when ${name} does not answer`, async () => {
    const { page } = await startPage({ [name]: breaks })
    await request(page).get(path).expect(500, { error })
  })

  for (const [what, listener] of [
    ['200 with something else', answers({ hello: 'world' })],
    ['200 without JSON', answers('<html>captive portal</html>')],
    ['a redirect', answers('', 302)],
    ['nothing, with 204', answers('', 204)],
  ] as const) {
    test(`GET ${path} is 500 when ${name} answers ${what}`, async () => {
      const { page } = await startPage({ [name]: listener })
      await request(page).get(path).expect(500, { error })
    })
  }
}
