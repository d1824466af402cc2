import { expect, test } from 'vitest'
import { AllowedMethods } from '../src/allowed-methods.ts'

const routes = new AllowedMethods()
routes.add('/ratings/:id', 'GET')
routes.add('/ratings/:id', 'HEAD')
routes.add('/ratings/:id', 'POST')
routes.add('/page.css', 'GET')
routes.add('/api/pods/:pod/labels', 'PATCH')
routes.add('/probe/*', ['GET', 'PUT'])
routes.add('/', 'GET')

test.each([
  ['/ratings/0', 'GET, HEAD, OPTIONS, POST'],
  ['/ratings/0?a=/b', 'GET, HEAD, OPTIONS, POST'],
  ['/ratings/', 'GET, HEAD, OPTIONS, POST'],
  ['/ratings', undefined],
  ['/ratings/0/1', undefined],
  ['/RATINGS/0', undefined],
  ['/page.css', 'GET, OPTIONS'],
  ['/pageXcss', undefined],
  ['/api/pods/reviews-v1-abc/labels', 'OPTIONS, PATCH'],
  ['/api/pods//labels/', undefined],
  ['/probe/a/b', 'GET, OPTIONS, PUT'],
  ['/', 'GET, OPTIONS'],
  ['*', 'GET, HEAD, OPTIONS, PATCH, POST, PUT'],
])('%s allows %s', (url, allow) => {
  expect(routes.of(url)).toBe(allow)
})
