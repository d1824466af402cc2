import request from 'supertest'
import { expect, test } from 'vitest'
import { startPage } from './neighbours.ts'

/** The cookies that an answer sets, as a client sends them back. */
const cookies = (answer: request.Response) => (answer.get('Set-Cookie') ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ')

const signIn = (page: Parameters<typeof request>[0], username: string) =>
  request(page).post('/login').type('form').send({ username, passwd: 'any' })

test('signing in sets a signed cookie that no script reads and no other site sends', async () => {
  const { page } = await startPage()
  const answer = await signIn(page, 'jason').expect(302)
  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(/^session=jason\.[A-Za-z0-9%+/]{43,}; Path=\/; HttpOnly; SameSite=Lax$/),
  ])
})

test('behind https the cookie is sent only over https', async () => {
  const { page } = await startPage()
  const answer = await signIn(page, 'jason').set('x-forwarded-proto', 'https')
  expect(answer.headers['set-cookie']).toEqual([expect.stringContaining('; Secure')])
})

test('the page shows the signed-in user, and offers to sign out', async () => {
  const { page } = await startPage()
  const cookie = cookies(await signIn(page, 'jason'))
  const { text } = await request(page).get('/productpage').set('cookie', cookie)
  expect(text).toContain('Signed in as <strong>jason</strong>')
  expect(text).toContain('href="/logout"')
  expect(text).not.toContain('action="/login"')
})

test('without a cookie the page offers to sign in', async () => {
  const { page } = await startPage()
  const { text } = await request(page).get('/productpage')
  expect(text).toContain('action="/login"')
  expect(text).not.toContain('Signed in as')
})

test('signing out clears the cookie', async () => {
  const { page } = await startPage()
  const answer = await request(page)
    .get('/logout')
    .set('cookie', cookies(await signIn(page, 'jason')))
    .expect(302)
  expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^session=; .*Path=\/; Expires=Thu, 01 Jan 1970/)])
})

test('another process with the same secret knows the user, one with another secret does not', async () => {
  const [first, second, stranger] = await Promise.all([
    startPage(),
    startPage(),
    startPage({ env: { SESSION_SECRET: 'another secret, also long enough!!' } }),
  ])
  const cookie = cookies(await signIn(first.page, 'jason'))
  expect((await request(second.page).get('/productpage').set('cookie', cookie)).text).toContain('<strong>jason</strong>')
  expect((await request(stranger.page).get('/productpage').set('cookie', cookie)).text).not.toContain('jason')
})

test('without a secret sign-in works, and the log warns', async () => {
  const lines: string[] = []
  const { page } = await startPage({
    env: { SESSION_SECRET: '' },
    logger: { level: 'warn', stream: { write: (line) => lines.push(line) } },
  })
  const { text } = await request(page)
    .get('/productpage')
    .set('cookie', cookies(await signIn(page, 'jason')))
  expect(text).toContain('<strong>jason</strong>')
  expect(lines.join('')).toContain('SESSION_SECRET is not set')
})

for (const [what, forge] of [
  ['of another user under jason’s signature', (cookie: string) => cookie.replace('jason', 'admin')],
  ['without a signature', () => 'session=jason'],
  ['with an empty signature', () => 'session=jason.'],
  ['with a shorter signature', (cookie: string) => cookie.slice(0, -3)],
  ['with a longer signature', (cookie: string) => `${cookie}AA`],
  ['that is empty', () => 'session='],
  ['of broken percent-encoding', () => 'session=%E0%A4%A.%'],
  ['of 8 kB', () => `session=${'x'.repeat(8000)}.y`],
  ['named like a property of every object', () => '__proto__=x; constructor=y; session=toString'],
] as const) {
  test(`a cookie ${what} signs in no user`, async () => {
    const { page, received } = await startPage()
    const cookie = forge(cookies(await signIn(page, 'jason')))
    const { text } = await request(page).get('/productpage').set('cookie', cookie).expect(200)
    expect(text).not.toContain('Signed in as')
    expect(received.reviews[0]?.headers).not.toHaveProperty('end-user')
  })
}

for (const username of ['x', 'Jason Bourne', 'x'.repeat(64), 'a@b.example', '<b>"&\'', '  jason  ']) {
  test(`the user name ${JSON.stringify(username)} goes to the services as end-user`, async () => {
    const { page, received } = await startPage()
    const cookie = cookies(await signIn(page, username).expect(302))
    await request(page).get('/productpage').set('cookie', cookie).expect(200)
    expect(received.details[0]?.headers['end-user']).toBe(username.trim())
    expect(received.reviews[0]?.headers['end-user']).toBe(username.trim())
  })
}

for (const username of ['', ' ', 'x'.repeat(65), 'a\r\nx-admin: 1', 'a\nb', 'a\tb', 'jason\0', 'Jürgen', '😀', ' admin\u2028']) {
  test(`the user name ${JSON.stringify(username).slice(0, 40)} is refused`, async () => {
    const { page } = await startPage()
    const answer = await signIn(page, username).expect(400, { error: 'please sign in with a username of 1 to 64 visible ASCII characters' })
    expect(answer.headers).not.toHaveProperty('set-cookie')
  })
}

test('a client’s own end-user is dropped, signed in or not', async () => {
  const { page, received } = await startPage()
  await request(page).get('/productpage').set('end-user', 'admin')
  await request(page)
    .get('/productpage')
    .set('end-user', 'admin')
    .set('cookie', cookies(await signIn(page, 'jason')))
  expect(received.reviews.map(({ headers }) => headers['end-user'])).toEqual([undefined, 'jason'])
  expect(received.details.map(({ headers }) => headers['end-user'])).toEqual([undefined, 'jason'])
})

test('the API carries the user too', async () => {
  const { page, received } = await startPage()
  await request(page)
    .get('/api/v1/products/0/ratings')
    .set('end-user', 'admin')
    .set('cookie', cookies(await signIn(page, 'jason')))
  expect(received.ratings[0]?.headers['end-user']).toBe('jason')
})
