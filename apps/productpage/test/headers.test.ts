import request from 'supertest'
import { expect, test } from 'vitest'
import { startPage } from './neighbours.ts'

const fromOutside = {
  'x-request-id': 'id-1',
  b3: '463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1',
  'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  sw8: 'x',
  baggage: 'tenant=7',
  'uberctx-tenant': '7',
  authorization: 'Bearer x',
  'user-agent': 'curl/8',
  cookie: 'a=b',
}

for (const [path, name] of [
  ['/productpage', 'details'],
  ['/productpage', 'reviews'],
  ['/api/v1/products/0', 'details'],
  ['/api/v1/products/0/reviews', 'reviews'],
  ['/api/v1/products/0/ratings', 'ratings'],
] as const) {
  test(`GET ${path} carries the trace and the user’s headers on to ${name}, and no other`, async () => {
    const { page, received } = await startPage()
    await request(page).get(path).set(fromOutside).set('x-other', 'stays')
    expect(received[name][0]?.headers).toMatchObject(fromOutside)
    expect(received[name][0]?.headers).not.toHaveProperty('x-other')
  })
}

for (const path of ['/productpage', '/', '/health', '/api/v1/products', '/static/page.css']) {
  test(`GET ${path} allows no inline code, no sniffing and no foreign frame`, async () => {
    const { page } = await startPage()
    const { headers } = await request(page).get(path).expect(200)
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';.* frame-ancestors 'self'$/,
    )
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'same-origin',
    })
  })
}

test('the page has no inline code or style, and nothing from elsewhere', async () => {
  const { page } = await startPage()
  const { text } = await request(page).get('/productpage')
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i)
  expect(text).not.toMatch(/(src|href|action)="(?!\/[^/])/)
})

test('the page of one user is kept by no cache', async () => {
  const { page } = await startPage()
  await request(page).get('/productpage').expect('cache-control', 'no-store')
})

test('what the page links to is there, and cached indefinitely', async () => {
  const { page } = await startPage()
  const { text } = await request(page).get('/productpage')
  const links = new Set([...text.matchAll(/"(\/static\/[^"]+)"/g)].map(([, link]) => link ?? ''))
  expect([...links].map((link) => link.split('?')[0])).toEqual(['/static/icon.svg', '/static/page.css', '/static/cover.svg'])
  for (const link of links)
    await request(page)
      .get(link)
      .expect(200)
      .expect('cache-control', /immutable/)
})

test('a file asked for by the hash of another version is not kept', async () => {
  const { page } = await startPage()
  await request(page).get('/static/page.css?v=000000000000').expect(200).expect('cache-control', 'no-cache')
})

test('origins that are named may show the page in a frame', async () => {
  const { page } = await startPage({ env: { FRAME_ANCESTORS: 'http://localhost:20001 http://127.0.0.1:20001' } })
  const { headers } = await request(page).get('/productpage').expect(200)
  expect(headers['content-security-policy']).toMatch(/frame-ancestors 'self' http:\/\/localhost:20001 http:\/\/127\.0\.0\.1:20001$/)
  expect(headers).not.toHaveProperty('x-frame-options')
})
