import request from 'supertest'
import { expect, test } from 'vitest'
import { startPage } from './neighbours.ts'

const host = 'books.example:8080'

/** Where signing in and signing out lead to, coming from `referer`. */
async function led(referer: string | undefined, from = host) {
  const { page } = await startPage()
  const headers = { host: from, ...(referer !== undefined && { referer }) }
  const [signedIn, signedOut] = [
    await request(page).post('/login').set(headers).type('form').send({ username: 'jason' }),
    await request(page).get('/logout').set(headers),
  ]
  expect([signedIn.status, signedOut.status]).toEqual([302, 302])
  expect(signedOut.headers['location']).toBe(signedIn.headers['location'])
  return signedIn.headers['location']
}

for (const [referer, path] of [
  [`http://${host}/productpage?u=test`, '/productpage?u=test'],
  [`https://${host}/productpage?u=normal`, '/productpage?u=normal'],
  [`http://${host}/`, '/'],
  [`http://${host}/index.html#part`, '/index.html'],
  ['/productpage?u=test', '/productpage?u=test'],
] as const) {
  test(`from ${referer} one goes back to ${path}`, async () => {
    expect(await led(referer)).toBe(path)
  })
}

test('the default port is the same origin, written or not', async () => {
  expect(await led('https://books.example/?u=1', 'books.example:443')).toBe('/?u=1')
})

for (const referer of [
  undefined,
  '',
  'https://evil.example/productpage',
  '//evil.example',
  '///evil.example',
  '\\\\evil.example',
  '/\\evil.example',
  '\\/evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  `ftp://${host}/productpage`,
  `http://${host}//evil.example`,
  `http://${host}/\\evil.example`,
  `http://${host}/%2e%2e//evil.example/..//evil.example`,
  `http://${host}/.//evil.example`,
  `http://${host}@evil.example/productpage`,
  `http://${host}.evil.example/productpage`,
  `http://evil.example/http://${host}/`,
  'http://books.example/productpage',
  'http://books.example:80a/',
  'http://[::1',
  `http://${host}/login`,
  `http://${host}/logout?x`,
]) {
  test(`from ${referer || 'nowhere'} one goes to the page of the book`, async () => {
    expect(await led(referer)).toBe('/productpage')
  })
}
