import fc from 'fast-check'
import { get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { expect, test } from 'vitest'
import { details, startPage } from './neighbours.ts'

const clear = { error: expect.stringMatching(/./) }

for (const [method, path] of [
  ['get', '/nothing'],
  ['get', '/productpage/'],
  ['get', '/productpage/0'],
  ['get', '/static/app.ts'],
  ['get', '/static/../app.ts'],
  ['get', '/api/v1/products/0/nothing'],
  ['get', '/api/v1'],
  ['delete', '/nothing'],
] as const) {
  test(`${method.toUpperCase()} ${path} is a clear 404`, async () => {
    const { page } = await startPage()
    const { body } = await request(page)[method](path).expect(404)
    expect(body).toEqual(clear)
    await request(page).get('/productpage').expect(200)
  })
}

for (const [method, path, allow] of [
  ['get', '/login', 'OPTIONS, POST'],
  ['patch', '/login', 'OPTIONS, POST'],
  ['post', '/logout', 'GET, HEAD, OPTIONS'],
  ['post', '/productpage', 'GET, HEAD, OPTIONS'],
  ['put', '/productpage', 'GET, HEAD, OPTIONS'],
  ['post', '/api/v1/products', 'GET, HEAD, OPTIONS'],
  ['delete', '/api/v1/products/0', 'GET, HEAD, OPTIONS'],
  ['put', '/api/v1/products/0/reviews', 'GET, HEAD, OPTIONS'],
  ['delete', '/', 'GET, HEAD, OPTIONS'],
  ['post', '/static/page.css', 'GET, HEAD, OPTIONS'],
  ['post', '/health', 'GET, HEAD, OPTIONS'],
] as const) {
  test(`${method.toUpperCase()} ${path} is a 405 that names the methods there are`, async () => {
    const { page } = await startPage()
    const { headers, body } = await request(page)[method](path).expect(405)
    expect([headers['allow'], body]).toEqual([allow, { error: 'please use a method that the Allow header names' }])
  })
}

for (const id of ['00', '007']) {
  test(`the product id ${id} is refused here: it is another spelling`, async () => {
    const { page, received } = await startPage()
    for (const rest of ['', '/reviews', '/ratings'])
      await request(page).get(`/api/v1/products/${id}${rest}`).expect(400, { error: 'please write the product id without leading zeros' })
    expect(received).toEqual({ details: [], reviews: [], ratings: [] })
  })
}

for (const id of ['..', '.', '%31', '%2e%2e', '0%2f..%2fhealth', '0;x', "0'", '0,1', 'a b'.replace(' ', '+'), '*', '@', '']) {
  test(`the product id ${JSON.stringify(id)} is refused here`, async () => {
    const { page, received } = await startPage()
    for (const rest of ['', '/reviews', '/ratings']) {
      // Written to the socket as it is: a client library would tidy the path up.
      const { status, body } = await raw(page, `/api/v1/products/${id}${rest}`)
      expect([400, 404]).toContain(status)
      expect(JSON.parse(body)).toEqual(clear)
    }
    expect(received).toEqual({ details: [], reviews: [], ratings: [] })
  })
}

for (const id of ['-1', '0x1', '1e3', '0.0', '99999999999999999999', '1.5', 'abc', '__proto__']) {
  test(`whether the product ${id} exists is for details to say`, async () => {
    const { page, received } = await startPage()
    await request(page).get(`/api/v1/products/${id}`).expect(200, details)
    expect(received.details[0]?.url).toBe(`/details/${id}`)
  })
}

test('an id of 10 kB is a clear 4xx', async () => {
  const { page, received } = await startPage()
  const { status, body } = await request(page).get(`/api/v1/products/${'1'.repeat(10_000)}`)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect(body).toEqual(clear)
  expect(received.details).toEqual([])
})

for (const [what, type, body, status] of [
  ['JSON that is none', 'application/json', '{', 400],
  ['an array', 'application/json', '["jason"]', 400],
  ['a number for a name', 'application/json', '{"username":1}', 400],
  ['a deep object', 'application/json', `{"username":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400],
  ['two names', 'application/x-www-form-urlencoded', 'username=a&username=b', 400],
  ['no name', 'application/x-www-form-urlencoded', 'passwd=x', 400],
  ['nothing', 'application/x-www-form-urlencoded', '', 400],
  ['an unknown type', 'image/png', 'username=jason', 415],
  ['a poisoned prototype', 'application/json', '{"__proto__":{"username":"jason"}}', 400],
  ['100 kB', 'application/x-www-form-urlencoded', `username=${'x'.repeat(100_000)}`, 413],
] as const) {
  test(`a sign-in with ${what} is a clear ${status}`, async () => {
    const { page } = await startPage()
    const answer = await request(page).post('/login').set('content-type', type).send(body).expect(status)
    expect(answer.body).toEqual(clear)
    expect(answer.headers).not.toHaveProperty('set-cookie')
    await request(page).get('/productpage').expect(200)
  })
}

test('a sign-in of 10 MB is refused before it is read, and the service lives', async () => {
  const { page } = await startPage()
  // The connection may close before the client has sent everything.
  const sent = request(page)
    .post('/login')
    .type('form')
    .send(`username=${'x'.repeat(10_000_000)}`)
  const outcome = await sent.then(
    ({ status }) => status,
    ({ code }: NodeJS.ErrnoException) => code,
  )
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(outcome)
  await request(page).get('/productpage').expect(200)
})

test('no id leads out of a service’s own route', async () => {
  const { page, received } = await startPage()
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[!-~]{1,30}$/), async (id) => {
      for (const incoming of Object.values(received)) incoming.length = 0
      const { status } = await raw(page, `/api/v1/products/${id}`)
      expect(status).toBeLessThan(500)
      for (const { url } of received.details) expect(url).toMatch(/^\/details\/[\w-][\w.-]*$/)
    }),
    { numRuns: 200 },
  )
})

/** GETs `path` as it is written, without a client's tidying. */
async function raw(page: Server, path: string): Promise<{ status: number; body: string }> {
  const { port } = page.address() as AddressInfo
  return new Promise((resolve, reject) => {
    get({ port, path, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).on('error', reject)
  })
}
