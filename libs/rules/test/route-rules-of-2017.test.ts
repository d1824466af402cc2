import { expect, test } from 'vitest'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { answered, goal, numbers, productpage, routeRule, rules, sent, virtualService } from './support.ts'

const destination = { name: 'reviews' }
const v = (version: string, weight?: number) => ({ labels: { version }, ...(weight !== undefined && { weight }) })
const all = routeRule('reviews-default', { destination, precedence: 1, route: [v('v1')] })
const jason = routeRule('reviews-test-v2', {
  destination,
  precedence: 2,
  match: { request: { headers: { cookie: { regex: '^(.*?;)?(user=jason)(;.*)?$' } } } },
  route: [v('v2')],
})

test('labels of a route are a subset', () => {
  expect(sent(rules(all)).cluster).toMatchObject({ subset: 'version=v1', endpoints: [{ workload: 'reviews-v1' }] })
})

test('the higher precedence goes first', () => {
  const set = rules(all, jason)
  expect([goal(set), goal(set, { headers: { cookie: 'user=jason' } })]).toEqual(['version=v1', 'version=v2'])
})

test('weights split', () => {
  const set = rules(routeRule('split', { destination, route: [v('v1', 50), v('v3', 50)] }))
  expect([0.49, 0.51].map((number) => goal(set, { random: numbers(number) }))).toEqual(['version=v1', 'version=v3'])
})

test.each([
  ['uri', { exact: '/reviews/0' }, { path: '/reviews/1' }],
  ['method', { exact: 'GET' }, { method: 'PUT' }],
  ['scheme', { exact: 'http' }, { scheme: 'https' as const }],
  ['authority', { prefix: 'reviews' }, { authority: 'reviews-x' }],
])('the pseudo-header %s is a part of the request', (name, match, other) => {
  const set = rules(routeRule('r', { destination, match: { request: { headers: { [name]: match } } }, route: [v('v2')] }))
  expect(goal(set)).toBe('version=v2')
  expect(goal(set, other)).not.toBe('version=v2')
})

test('httpFault delays and aborts', () => {
  const set = rules(
    routeRule('fault', {
      destination,
      route: [v('v1')],
      httpFault: { delay: { percent: 100, fixedDelay: '7s' }, abort: { percent: 100, httpStatus: 500 } },
    }),
  )
  expect(answered(set)).toMatchObject({ delayMs: 7000, status: 500, body: 'fault filter abort' })
})

test('httpReqTimeout and httpReqRetries', () => {
  const spec = {
    destination,
    httpReqTimeout: { simpleTimeout: { timeout: '10s' } },
    httpReqRetries: { simpleRetry: { attempts: 3, perTryTimeout: '2s' } },
  }
  expect(sent(rules(routeRule('r', spec)))).toMatchObject({
    timeoutMs: 10_000,
    retry: { attempts: 3, perTryTimeoutMs: 2000, on: ['5xx', 'connect-failure', 'refused-stream'] },
  })
})

test('a source is the caller that serves a name', () => {
  const set = rules(
    routeRule('r', { destination, match: { source: { name: 'productpage', labels: { version: 'v1' } } }, route: [v('v2')] }),
  )
  expect([goal(set), goal(set, { from: { ...productpage, name: 'ratings-v1' } })]).toEqual(['version=v2', 'reviews'])
})

test('redirect, rewrite, mirror and appendHeaders', () => {
  expect(answered(rules(routeRule('r', { destination, redirect: { uri: '/new', authority: 'a.example' } }))).headers).toEqual([
    ['location', 'http://a.example/new'],
  ])
  const spec = {
    destination,
    route: [v('v1')],
    rewrite: { uri: '/x', authority: 'b.example' },
    mirror: { name: 'reviews', labels: { version: 'v2' } },
    appendHeaders: { 'x-a': '1' },
  }
  expect(sent(rules(routeRule('r', spec)))).toMatchObject({
    path: '/xreviews/0',
    authority: 'b.example',
    mirrors: [{ cluster: { subset: 'version=v2' } }],
    requestHeaders: { add: [['x-a', '1']] },
  })
})

test('a route may name another destination', () => {
  expect(goal(rules(routeRule('r', { destination, route: [{ destination: { name: 'ratings', namespace: 'default' } }] })))).toBe('ratings')
})

test('the older of a RouteRule and a VirtualService holds', () => {
  const set = rules(virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'ratings' } }] }] }), all)
  expect(goal(set)).toBe('ratings')
})

test('a RouteRule comes with a notice', () => {
  expect(parseManifests(JSON.stringify(all), 'route-rule-all-v1.yaml').notices).toEqual([
    {
      where: 'route-rule-all-v1.yaml#1 RouteRule default/reviews-default',
      message: 'RouteRule is the format of Istio 0.2: converted to a VirtualService',
    },
  ])
})
