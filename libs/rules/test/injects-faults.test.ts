import { expect, test } from 'vitest'
import { answered, ask, numbers, rules, sent, virtualService } from './support.ts'

const withFault = (fault: unknown, more: Record<string, unknown> = {}) =>
  rules(virtualService('reviews', { hosts: ['reviews'], http: [{ fault, route: [{ destination: { host: 'reviews' } }], ...more }] }))

test('an abort is answered as Envoy does', () => {
  expect(answered(withFault({ abort: { httpStatus: 555, percentage: { value: 100 } } }))).toMatchObject({
    status: 555,
    body: 'fault filter abort',
    headers: [['content-type', 'text/plain']],
    flags: ['FI'],
    delayMs: 0,
  })
})

test('a delay is waited for, and the request goes on', () => {
  expect(sent(withFault({ delay: { fixedDelay: '7s', percentage: { value: 100 } } }))).toMatchObject({ delayMs: 7000, flags: ['DI'] })
})

test('the timeout starts after the delay, which may be longer', () => {
  expect(sent(withFault({ delay: { fixedDelay: '2s', percentage: { value: 100 } } }, { timeout: '0.5s' }))).toMatchObject({
    delayMs: 2000,
    timeoutMs: 500,
  })
})

test('a delay that is not injected is none', () => {
  expect(
    sent(withFault({ delay: { fixedDelay: '2s', percentage: { value: 10 } } }, { timeout: '0.5s' }), { random: numbers(0.5) }),
  ).toMatchObject({ timeoutMs: 500, delayMs: 0 })
})

test('an abort comes after the delay', () => {
  const both = { delay: { fixedDelay: '1s', percentage: { value: 100 } }, abort: { httpStatus: 500, percentage: { value: 100 } } }
  expect(answered(withFault(both))).toMatchObject({ status: 500, delayMs: 1000, flags: ['DI', 'FI'] })
})

test.each([
  [0.0999, 'respond'],
  [0.1, 'forward'],
])('of 10 percent, the number %d gives %s', (number, kind) => {
  expect(ask(withFault({ abort: { httpStatus: 500, percentage: { value: 10 } } }), { random: numbers(number) }).kind).toBe(kind)
})

test("percent is the older name of a delay's percentage", () => {
  expect(sent(withFault({ delay: { fixedDelay: '7s', percent: 100 } })).delayMs).toBe(7000)
})

test('a fault without percentage never happens, as in Istio', () => {
  expect(ask(withFault({ abort: { httpStatus: 500 } })).kind).toBe('forward')
})

test('a percentage of 0 never happens', () => {
  expect(ask(withFault({ abort: { httpStatus: 500, percentage: { value: 0 } } })).kind).toBe('forward')
})

test("an aborted request's answer carries the headers that the rule sets on answers", () => {
  const set = withFault(
    { abort: { httpStatus: 555, percentage: { value: 100 } } },
    { headers: { response: { set: { 'x-set': 'by rule' } } } },
  )
  expect(answered(set).responseHeaders).toEqual({ remove: [], set: [['x-set', 'by rule']], add: [] })
})

test('so does the answer to a request for a subset that is not there', () => {
  const route = [{ destination: { host: 'reviews', subset: 'v9' }, headers: { response: { add: { 'x-add': 'by destination' } } } }]
  const set = rules(virtualService('reviews', { hosts: ['reviews'], http: [{ route }] }))
  expect(answered(set).responseHeaders).toEqual({ remove: [], set: [], add: [['x-add', 'by destination']] })
})

test('with CORS a header is added once', () => {
  const more = { corsPolicy: { allowOrigins: [{ exact: 'http://a' }] }, headers: { response: { add: { 'x-add': 'by rule' } } } }
  const decision = sent(withFault({ abort: { httpStatus: 555, percentage: { value: 0 } } }, more), { headers: { origin: 'http://a' } })
  expect(decision.responseHeaders.add).toEqual([['x-add', 'by rule']])
})
