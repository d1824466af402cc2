/** What the proxies' access logs hold: one line per request and proxy, in bounded memory. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
  lab.apply(destinationRule())
})
afterEach(() => lab.close())

const linesOf = (workload: string, pod = `${workload}-0`) => lab.accessLog.lines(workload, pod).map(({ text }) => text)

test('caller and destination have a line each, with the same request id', async () => {
  lab.apply(virtualService(toV(2)))
  await lab.call('/reviews/0', { headers: { 'x-request-id': 'one-id', 'user-agent': 'tester' } })
  const [sent, ...more] = linesOf('productpage-v1')
  expect([sent, more]).toEqual([
    expect.stringMatching(
      /^\[.*Z\] "GET \/reviews\/0 HTTP\/1\.1" 200 - 0 12 \d+ \d+ "-" "tester" "one-id" "reviews:9080" "127\.0\.0\.1:\d+"$/,
    ),
    [],
  ])
  expect(linesOf('reviews-v2')).toEqual([
    expect.stringMatching(
      /^\[.*Z\] "GET \/reviews\/0 HTTP\/1\.1" 200 - 0 12 \d+ - "-" "tester" "one-id" "reviews:9080" "127\.0\.0\.1:\d+"$/,
    ),
  ])
  expect([linesOf('reviews-v1'), linesOf('reviews-v2', 'reviews-v2-1')]).toEqual([[], []])
})

test('every try has a line at the destination, and the request one at its caller', async () => {
  lab.apply(virtualService(toV(3, 'retries: {attempts: 2, retryOn: 5xx, backoff: 1ms}')))
  lab.behave('reviews-v3-0', (_incoming, response) => response.writeHead(500).end())
  await lab.call('/reviews/0')
  expect(linesOf('productpage-v1')).toEqual([expect.stringContaining('" 500 URX ')])
  expect(linesOf('reviews-v3')).toHaveLength(3)
})

test('a request that the destination refuses is in its log', async () => {
  lab.apply(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nothing}
spec: {}
`)
  lab.apply(virtualService(toV(1)))
  await lab.call('/reviews/0')
  expect(linesOf('reviews-v1')).toEqual([expect.stringContaining('" 403 - 0 19 ')])
})

test('a shadow has a line where it arrives, and none at its caller', async () => {
  lab.apply(virtualService(toV(1, 'mirror: {host: reviews, subset: v3}')))
  await lab.call('/reviews/0')
  await expect.poll(() => linesOf('reviews-v3').length).toBe(1)
  expect(linesOf('productpage-v1')).toHaveLength(1)
})

test('the newest thousand lines are kept, and no endless field', async () => {
  await lab.call(`/reviews/${'x'.repeat(9_000)}`)
  const record = lab.records[0]!
  expect(linesOf('productpage-v1')[0]).toMatch(/"GET \/reviews\/x{2039} HTTP/)
  for (let i = 0; i < 5_000; i++) lab.accessLog.sent({ ...record, bytesSent: i })
  const lines = linesOf('productpage-v1')
  expect([lines.length, lines.at(-1)]).toEqual([1_000, expect.stringContaining(' 4999 ')])
})

test('what a client sends cannot break out of its field', async () => {
  await lab.call('/reviews/0', { headers: { 'user-agent': 'a" 200 "\\' } })
  expect(linesOf('productpage-v1')[0]).toContain('"a\\" 200 \\"\\\\"')
})
