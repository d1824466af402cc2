import { expect, test } from 'vitest'
import { goal, numbers, reviewsSubsets, rules, sent, virtualService } from './support.ts'

const withRoute = (http: Record<string, unknown>) =>
  rules(
    reviewsSubsets,
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }], ...http }] }),
  )

test('timeout is in milliseconds', () => {
  expect(sent(withRoute({ timeout: '0.5s' })).timeoutMs).toBe(500)
})

test('a timeout of 0s is none', () => {
  expect(sent(withRoute({ timeout: '0s' })).timeoutMs).toBe(0)
})

test('retries with every field', () => {
  const retries = { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,gateway-error, 429', backoff: '40ms', retryIgnorePreviousHosts: false }
  expect(sent(withRoute({ retries })).retry).toEqual({
    attempts: 3,
    perTryTimeoutMs: 2000,
    on: ['5xx', 'gateway-error', 'retriable-status-codes'],
    statusCodes: [429],
    backOffMs: [40, 400],
    otherHosts: false,
  })
})

test('retries with only attempts keep the default conditions of Istio', () => {
  expect(sent(withRoute({ retries: { attempts: 5 } })).retry).toMatchObject({
    attempts: 5,
    on: expect.arrayContaining(['connect-failure', 'retriable-status-codes']),
    backOffMs: [25, 250],
  })
})

test('attempts 0 switches retries off', () => {
  expect(sent(withRoute({ retries: { attempts: 0 } })).retry).toMatchObject({ attempts: 0, on: [] })
})

const mirrored = (http: Record<string, unknown>, ...random: number[]) =>
  sent(withRoute(http), { random: numbers(...(random.length > 0 ? random : [0.5])) }).mirrors.map(({ cluster }) => cluster.subset)

test('mirror copies every request', () => {
  expect(mirrored({ mirror: { host: 'reviews', subset: 'v2' } })).toEqual(['v2'])
})

test('a mirrored request has path, authority and header changes of the first one', () => {
  const set = withRoute({
    mirror: { host: 'reviews', subset: 'v2' },
    rewrite: { uri: '/x', authority: 'a.example' },
    headers: { request: { set: { 'x-a': '1' } } },
  })
  expect(sent(set).mirrors[0]).toMatchObject({ path: '/xreviews/0', authority: 'a.example', requestHeaders: { set: [['x-a', '1']] } })
})

test.each([
  [0.24, ['v2']],
  [0.26, []],
])('of a mirrorPercentage of 25, the number %d mirrors to %j', (number, mirrors) => {
  expect(mirrored({ mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: { value: 25 } }, number)).toEqual(mirrors)
})

test('mirrorPercent is the older name', () => {
  expect(mirrored({ mirror: { host: 'reviews', subset: 'v2' }, mirrorPercent: 25 }, 0.3)).toEqual([])
})

test('each of several mirrors has its own percentage', () => {
  const mirrors = [
    { destination: { host: 'reviews', subset: 'v2' }, percentage: { value: 0 } },
    { destination: { host: 'reviews', subset: 'v3' } },
  ]
  expect(mirrored({ mirrors })).toEqual(['v3'])
})

test('a mirror that does not exist changes nothing', () => {
  const set = withRoute({ mirror: { host: 'nowhere' } })
  expect(goal(set)).toBe('v1')
  expect(sent(set).mirrors).toEqual([])
})
