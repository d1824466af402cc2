import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ask, destinationRule, goal, httpRoute, numbers, reviewsSubsets, rules, seeded, virtualService } from './support.ts'

const split = (...weights: number[]) =>
  rules(
    reviewsSubsets,
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [{ route: weights.map((weight, index) => ({ destination: { host: 'reviews', subset: `v${index + 1}` }, weight })) }],
    }),
  )

test.each([
  [0, 'v1'],
  [0.8999, 'v1'],
  [0.9, 'v2'],
  [0.9999, 'v2'],
])('of weights 90 and 10, the number %d takes %s', (number, subset) => {
  expect(goal(split(90, 10), { random: numbers(number) })).toBe(subset)
})

test('weights need not add up to 100', () => {
  expect([0, 0.74, 0.76].map((number) => goal(split(3, 1), { random: numbers(number) }))).toEqual(['v1', 'v1', 'v2'])
})

test('a weight of 0 gets nothing, whatever the number', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (number) => goal(split(50, 0, 50), { random: numbers(number) }) !== 'v2',
    ),
  )
})

test('the weight of a single destination does not matter', () => {
  expect(goal(split(0))).toBe('v1')
})

test('shares of 20,000 requests are those of the weights, within five standard deviations', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), fc.integer(), (weight, seed) => {
      const [set, random, n] = [split(weight, 100 - weight), seeded(seed), 20_000]
      let hits = 0
      for (let index = 0; index < n; index++) if (goal(set, { random }) === 'v1') hits++
      const p = weight / 100
      return Math.abs(hits - n * p) < 5 * Math.sqrt(n * p * (1 - p)) + 1
    }),
    { numRuns: 10 },
  )
})

test('every destination with a weight is reached, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 3 }).filter((weights) => weights.some((weight) => weight > 0)),
      (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const reached = Array.from({ length: total }, (_, unit) => goal(split(...weights), { random: numbers((unit + 0.5) / total) }))
        expect(weights.map((_weight, index) => reached.filter((each) => each === `v${index + 1}`).length)).toEqual(weights)
      },
    ),
  )
})

test('a destination port chooses among the ports of a service', () => {
  const set = rules(
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'ratings', port: { number: 9080 } } }] }] }),
  )
  expect(goal(set)).toBe('ratings')
})

test('an unknown subset is answered with 503 and warned about', () => {
  const set = rules(
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v9' } }] }] }),
  )
  expect(goal(set)).toBe(503)
  expect(set.warnings).toEqual([
    {
      where: 'rules.yaml#1 VirtualService default/reviews spec.http[0]',
      message: 'no DestinationRule of reviews.default.svc.cluster.local has a subset v9: requests that go there fail',
    },
  ])
})

test('an unknown host is answered with 503 and warned about', () => {
  const set = rules(virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'nothing' } }] }] }))
  expect(goal(set)).toBe(503)
  expect(set.warnings[0]?.message).toContain('host nothing.default.svc.cluster.local is unknown')
})

test('a subset without endpoints is a cluster without endpoints', () => {
  const set = rules(
    destinationRule('reviews', { host: 'reviews', subsets: [{ name: 'v9', labels: { version: 'v9' } }] }),
    virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v9' } }] }] }),
  )
  expect(goal(set)).toBe('v9')
})

test('weights of an HTTPRoute split between services', () => {
  const set = rules(
    httpRoute('reviews', {
      parentRefs: [{ group: '', kind: 'Service', name: 'reviews', port: 9080 }],
      rules: [
        {
          backendRefs: [
            { name: 'reviews-v1', port: 9080, weight: 90 },
            { name: 'reviews-v2', port: 9080, weight: 10 },
            { name: 'reviews-v3', port: 9080, weight: 0 },
          ],
        },
      ],
    }),
  )
  expect([0.89, 0.91, 0.9999].map((number) => goal(set, { random: numbers(number) }))).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v2'])
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
