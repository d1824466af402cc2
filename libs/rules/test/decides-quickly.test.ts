import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../src/decide.ts'
import { ask, httpRoute, numbers, productpage, quiet, request, reviewsSubsets, rules, seeded, virtualService } from './support.ts'

const many = (count: number, match: (index: number) => unknown) =>
  rules(
    virtualService('reviews', {
      hosts: ['reviews'],
      http: Array.from({ length: count }, (_, index) => ({
        match: [{ uri: match(index) }],
        route: [{ destination: { host: 'reviews' } }],
      })),
    }),
  )

const asHttpRoutes = (count: number) =>
  rules(
    ...Array.from({ length: Math.ceil(count / 10) }, (_, route) =>
      httpRoute(`r${route}`, {
        parentRefs: [{ group: '', kind: 'Service', name: 'reviews' }],
        rules: Array.from({ length: 10 }, (_each, index) => ({
          matches: [{ path: { value: `/r/${route * 10 + index}` } }],
          backendRefs: [{ name: 'reviews-v1', port: 9080 }],
        })),
      }),
    ),
  )

/** Processor time in microseconds: unlike the clock, it does not count what else the machine does. */
const cpu = (): number => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Microseconds for 4,000 decisions with each set, the best of 12 rounds in turn; of up to 60 while others keep the processor's caches warm with their own. */
const costs = (...sides: { set: ReturnType<typeof rules>; paths: string[] }[]): number[] => {
  const best = sides.map(() => Infinity)
  for (let round = 0; round < 12 || (round < 60 && best[1]! >= 2 * best[0]!); round++) {
    for (const [side, { set, paths }] of sides.entries()) {
      const requests = paths.map((path) => request({ path }))
      const start = cpu()
      for (let index = 0; index < 4000; index++) decide(set, requests[index % requests.length]!, productpage, quiet, numbers(0))
      best[side] = Math.min(best[side]!, cpu() - start)
    }
  }
  return best
}

const spreadOver = (count: number) => Array.from({ length: 10 }, (_, index) => `/r/${Math.floor((index * count) / 10)}`)

test.each([
  ['exact paths', (count: number) => many(count, (index) => ({ exact: `/r/${index}` }))],
  ['prefixes', (count: number) => many(count, (index) => ({ prefix: `/r/${index}` }))],
  ['HTTPRoutes', asHttpRoutes],
])('1,000 %s cost no more than twice what 10 do', (_, make) => {
  const [few, lots] = costs(...[10, 1000].map((count) => ({ set: make(count), paths: spreadOver(count) })))
  expect(lots! / few!).toBeLessThan(2)
})

test('the same request with the same numbers has the same decision', () => {
  const set = rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [
        {
          fault: { delay: { fixedDelay: '1s', percentage: { value: 30 } }, abort: { httpStatus: 500, percentage: { value: 20 } } },
          route: [
            { destination: { host: 'reviews', subset: 'v1' }, weight: 1 },
            { destination: { host: 'reviews', subset: 'v2' }, weight: 1 },
          ],
          mirrors: [{ destination: { host: 'reviews', subset: 'v3' }, percentage: { value: 50 } }],
        },
      ],
    }),
  )
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom('/', '/reviews/0', '/a?b=c'), fc.constantFrom('GET', 'POST'), (seed, path, method) => {
      const question = { path, method }
      expect(ask(set, { ...question, random: seeded(seed) })).toEqual(ask(set, { ...question, random: seeded(seed) }))
    }),
  )
})

test('an index finds what a walk through the list finds', () => {
  const part = fc.constantFrom('', 'a', 'b', 'ab', 'A')
  const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const match = fc.record({ kind: fc.constantFrom('exact', 'prefix', 'regex'), path, ignoreUriCase: fc.boolean() })
  fc.assert(
    fc.property(fc.array(match, { minLength: 1, maxLength: 8 }), path, (matches, asked) => {
      const http = matches.map(({ kind, path: value, ignoreUriCase }, index) => ({
        name: String(index),
        match: [{ uri: { [kind]: value }, ignoreUriCase }],
        directResponse: { status: 200 },
      }))
      const decision = ask(rules(virtualService('reviews', { hosts: ['reviews'], http })), { path: asked })
      const walk = matches.findIndex(({ kind, path: value, ignoreUriCase }) => {
        const cased = (text: string) => (ignoreUriCase && kind !== 'regex' ? text.toLowerCase() : text)
        return kind === 'prefix' ? cased(asked).startsWith(cased(value)) : cased(asked) === cased(value)
      })
      expect(decision.routeName).toBe(walk === -1 ? '' : String(walk))
    }),
    { numRuns: 200 },
  )
})
