import { expect, test } from 'vitest'
import { answered, header, rules, sent, virtualService, type Ask } from './support.ts'

const withRoute = (http: Record<string, unknown>) => rules(virtualService('reviews', { hosts: ['reviews'], http: [http] }))
const route = [{ destination: { host: 'reviews' } }]
const pathOf = (http: Record<string, unknown>, question: Ask) => sent(withRoute({ route, ...http }), question).path

test('a rewrite of a prefix keeps the rest and the query', () => {
  expect(pathOf({ match: [{ uri: { prefix: '/api/' } }], rewrite: { uri: '/' } }, { path: '/api/reviews/0?a=b' })).toBe('/reviews/0?a=b')
})

test('a rewrite of an exact path replaces it', () => {
  expect(pathOf({ match: [{ uri: { exact: '/old' } }], rewrite: { uri: '/new' } }, { path: '/old?a=b' })).toBe('/new?a=b')
})

test('a rewrite after a match by regex replaces the whole path', () => {
  expect(pathOf({ match: [{ uri: { regex: '/o.*' } }], rewrite: { uri: '/new' } }, { path: '/old/path?q=1' })).toBe('/new?q=1')
})

test('a rewrite by regex puts groups in their places', () => {
  const rewrite = { uriRegexRewrite: { match: '^/service/([^/]+)(/.*)$', rewrite: '/customprefix/\\2/\\1' } }
  expect(pathOf({ rewrite }, { path: '/service/foo/v1/api?x=1' })).toBe('/customprefix//v1/api/foo?x=1')
})

test('a rewrite by regex replaces every place that matches', () => {
  expect(pathOf({ rewrite: { uriRegexRewrite: { match: 'a', rewrite: 'b' } } }, { path: '/a/xax' })).toBe('/b/xbx')
})

test('a rewrite of the authority changes the Host header', () => {
  expect(sent(withRoute({ route, rewrite: { authority: 'other.example' } })).authority).toBe('other.example')
})

const redirected = (redirect: Record<string, unknown>, question: Ask = {}) => {
  const { status, headers, body } = answered(withRoute({ match: [{ uri: { prefix: '/' } }], redirect }), question)
  expect(body).toBe('')
  return [status, header(headers, 'location')]
}

test.each([
  ['uri keeps the query', { uri: '/v1' }, {}, 301, 'http://reviews:9080/v1?q=1'],
  ['uri with its own query', { uri: '/v1?z=2' }, {}, 301, 'http://reviews:9080/v1?z=2'],
  ['a default port that the client named', { uri: '/v1' }, { authority: 'reviews:80' }, 301, 'http://reviews:80/v1?q=1'],
  ['authority', { authority: 'new.example' }, {}, 301, 'http://new.example/reviews/0?q=1'],
  ['redirectCode', { uri: '/v1', redirectCode: 307 }, {}, 307, 'http://reviews:9080/v1?q=1'],
  ['port', { port: 8443 }, {}, 301, 'http://reviews:8443/reviews/0?q=1'],
  ['port 80 is not written for http', { port: 80 }, { authority: 'reviews' }, 301, 'http://reviews/reviews/0?q=1'],
  ['port 80 leaves the port that the client named', { port: 80 }, {}, 301, 'http://reviews:9080/reviews/0?q=1'],
  [
    'scheme, and the default port of the old one goes',
    { scheme: 'https' },
    { authority: 'reviews:80' },
    301,
    'https://reviews/reviews/0?q=1',
  ],
  [
    'derivePort FROM_REQUEST_PORT',
    { authority: 'new.example', derivePort: 'FROM_REQUEST_PORT' },
    {},
    301,
    'http://new.example:9080/reviews/0?q=1',
  ],
  [
    'derivePort FROM_PROTOCOL_DEFAULT',
    { authority: 'new.example', derivePort: 'FROM_PROTOCOL_DEFAULT' },
    {},
    301,
    'http://new.example/reviews/0?q=1',
  ],
])('a redirect with %s', (_, redirect, question, status, location) => {
  expect(redirected(redirect, { path: '/reviews/0?q=1', ...question })).toEqual([status, location])
})

test('directResponse answers with its status and body', () => {
  expect(answered(withRoute({ directResponse: { status: 418, body: { string: 'teapot' } } }))).toMatchObject({
    status: 418,
    body: 'teapot',
    headers: [['content-type', 'text/plain']],
  })
})

test('directResponse takes bytes in base64', () => {
  expect(answered(withRoute({ directResponse: { status: 200, body: { bytes: 'aGVsbG8=' } } })).body).toBe('hello')
})

const moved = (match: Record<string, unknown>[] | undefined, prefixRewrite: string, path: string) =>
  header(answered(withRoute({ ...(match && { match }), redirect: { prefixRewrite } }), { path }).headers, 'location')

test.each([
  ['the prefix that matched is replaced', [{ uri: { prefix: '/reviews' } }], '/v2', '/reviews/0?q=1', 'http://reviews:9080/v2/0?q=1'],
  ['as characters, not as segments', [{ uri: { prefix: '/reviews/' } }], '/', '/reviews/0', 'http://reviews:9080/0'],
  ['without match it is the first slash', undefined, '/v2/', '/reviews/0', 'http://reviews:9080/v2/reviews/0'],
  ['without uri in the match as well', [{ method: { exact: 'GET' } }], '/v2/', '/reviews/0', 'http://reviews:9080/v2/reviews/0'],
  [
    'whatever its case, where the match does not look at it',
    [{ uri: { prefix: '/reviews' }, ignoreUriCase: true }],
    '/v2',
    '/REVIEWS/0',
    'http://reviews:9080/v2/0',
  ],
])('a redirect with prefixRewrite: %s', (_, match, prefixRewrite, path, location) => {
  expect(moved(match, prefixRewrite, path)).toBe(location)
})

test('a redirect with prefixRewrite sets the rest as any other', () => {
  const set = withRoute({
    match: [{ uri: { prefix: '/reviews' } }],
    redirect: { prefixRewrite: '/v2', authority: 'new.example', scheme: 'https', redirectCode: 308 },
  })
  const { status, headers } = answered(set, { path: '/reviews/0' })
  expect([status, header(headers, 'location')]).toEqual([308, 'https://new.example/v2/0'])
})
