import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HeaderChanges } from '../src/model/decision.ts'
import { inOrder } from '../src/model/header-changes.ts'
import { answered, numbers, rules, sent, virtualService, type Ask } from './support.ts'

const withRoute = (http: Record<string, unknown>) =>
  rules(virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }], ...http }] }))

test('set, add and remove of requests and answers, names in lower case and in order', () => {
  const headers = {
    request: { set: { 'X-B': '2', 'X-A': '1' }, add: { 'x-c': '3' }, remove: ['X-D'] },
    response: { set: { 'x-e': '5' }, add: { 'x-f': '6' }, remove: ['x-g'] },
  }
  expect(sent(withRoute({ headers }))).toMatchObject({
    requestHeaders: {
      remove: ['x-d'],
      set: [
        ['x-a', '1'],
        ['x-b', '2'],
      ],
      add: [['x-c', '3']],
    },
    responseHeaders: { remove: ['x-g'], set: [['x-e', '5']], add: [['x-f', '6']] },
  })
})

test('setting host changes the authority, and no header', () => {
  expect(sent(withRoute({ headers: { request: { set: { Host: 'other.example' } } } }))).toMatchObject({
    authority: 'other.example',
    requestHeaders: { set: [] },
  })
})

test('%% is a percent sign', () => {
  expect(sent(withRoute({ headers: { request: { set: { 'x-a': '100%%' } } } })).requestHeaders.set).toEqual([['x-a', '100%']])
})

test('the only destination has the last word', () => {
  const set = withRoute({
    headers: { response: { set: { 'x-who': 'route' } } },
    route: [{ destination: { host: 'reviews' }, headers: { response: { set: { 'x-who': 'destination' } } } }],
  })
  expect(sent(set).responseHeaders.set).toEqual([['x-who', 'destination']])
})

test('of several destinations, the route has the last word', () => {
  const destination = {
    destination: { host: 'reviews' },
    weight: 1,
    headers: { request: { set: { 'x-who': 'destination', 'x-mine': '1' } } },
  }
  const set = withRoute({ headers: { request: { set: { 'x-who': 'route' } } }, route: [destination, { ...destination, weight: 1 }] })
  expect(sent(set).requestHeaders.set).toEqual([
    ['x-mine', '1'],
    ['x-who', 'route'],
  ])
})

test('response headers of a route are on its redirect too', () => {
  const set = rules(
    virtualService('reviews', { hosts: ['reviews'], http: [{ redirect: { uri: '/x' }, headers: { response: { set: { 'x-a': '1' } } } }] }),
  )
  expect(answered(set).responseHeaders.set).toEqual([['x-a', '1']])
})

const changes = fc.record({
  remove: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
  set: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')), { selector: ([name]) => name, maxLength: 2 }),
  add: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('3', '4')), { maxLength: 2 }),
})
const applied = (start: readonly (readonly [string, string])[], { remove, set, add }: HeaderChanges) => {
  let list = start.filter(([name]) => !remove.includes(name))
  for (const pair of set) list = [...list.filter(([name]) => name !== pair[0]), pair]
  return [...list, ...add]
}
const sorted = (list: readonly (readonly [string, string])[]) =>
  list.map(([name, value]) => `${name}=${value}`).toSorted((a, b) => (a < b ? -1 : 1))

test('two changes made one have the effect of both in order', () => {
  fc.assert(
    fc.property(changes, changes, fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constant('0'))), (first, second, start) => {
      expect(sorted(applied(start, inOrder(first, second)))).toEqual(sorted(applied(applied(start, first), second)))
    }),
  )
})

const cors = {
  allowOrigins: [{ exact: 'https://a.example' }, { prefix: 'https://b.' }, { regex: 'https://c[0-9]\\.example' }],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['x-a', 'x-b'],
  exposeHeaders: ['x-c'],
  maxAge: '24h',
  allowCredentials: true,
}
const preflight = (origin: string): Ask => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST' },
  random: numbers(0.5),
})

test.each(['https://a.example', 'https://b.example', 'https://c7.example'])('a preflight from %s is answered by the mesh', (origin) => {
  expect(answered(withRoute({ corsPolicy: cors }), preflight(origin))).toMatchObject({
    status: 200,
    body: '',
    headers: [
      ['access-control-allow-origin', origin],
      ['access-control-allow-credentials', 'true'],
      ['access-control-allow-methods', 'GET,POST'],
      ['access-control-allow-headers', 'x-a,x-b'],
      ['access-control-max-age', '86400'],
      ['access-control-expose-headers', 'x-c'],
    ],
  })
})

test('a preflight from elsewhere goes to the workload by default', () => {
  expect(sent(withRoute({ corsPolicy: cors }), preflight('https://evil.example')).responseHeaders.set).toEqual([])
})

test('a preflight from elsewhere is answered without permission when unmatchedPreflights is IGNORE', () => {
  expect(answered(withRoute({ corsPolicy: { ...cors, unmatchedPreflights: 'IGNORE' } }), preflight('https://evil.example'))).toMatchObject({
    status: 200,
    headers: [
      ['access-control-allow-credentials', 'true'],
      ['access-control-allow-methods', 'GET,POST'],
      ['access-control-allow-headers', 'x-a,x-b'],
      ['access-control-max-age', '86400'],
    ],
  })
})

test('an answer to an allowed origin says so', () => {
  expect(sent(withRoute({ corsPolicy: cors }), { headers: { origin: 'https://a.example' } }).responseHeaders.set).toEqual([
    ['access-control-allow-origin', 'https://a.example'],
    ['access-control-allow-credentials', 'true'],
    ['access-control-expose-headers', 'x-c'],
  ])
})

test('an answer to another origin says nothing', () => {
  expect(sent(withRoute({ corsPolicy: cors }), { headers: { origin: 'https://evil.example' } }).responseHeaders.set).toEqual([])
})

test('allowOrigin is the older form, "*" for every origin', () => {
  expect(sent(withRoute({ corsPolicy: { allowOrigin: ['*'] } }), { headers: { origin: 'https://x.example' } }).responseHeaders.set).toEqual(
    [['access-control-allow-origin', 'https://x.example']],
  )
})

test('an aborted request still carries the headers of CORS', () => {
  const set = withRoute({ corsPolicy: cors, fault: { abort: { httpStatus: 500, percentage: { value: 100 } } } })
  expect(answered(set, { headers: { origin: 'https://a.example' } }).responseHeaders.set[0]).toEqual([
    'access-control-allow-origin',
    'https://a.example',
  ])
})

test('a lone * for methods and headers is what was asked for', () => {
  const set = withRoute({ corsPolicy: { allowOrigins: [{ exact: '*' }], allowMethods: ['*'], allowHeaders: ['*'] } })
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-z' }
  expect(answered(set, { method: 'OPTIONS', headers }).headers).toEqual([
    ['access-control-allow-origin', 'https://a.example'],
    ['access-control-allow-methods', 'PUT'],
    ['access-control-allow-headers', 'x-z'],
  ])
})
