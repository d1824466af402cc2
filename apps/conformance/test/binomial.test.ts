/** The judge is judged first: by values of R's binom.test, and by drawing. */
import { expect, test } from 'vitest'
import { accepted, power, probability, pValue } from '../src/statistics/binomial.ts'
import { falseAlarmBudget, levelOf, neededPower, planOf, powerOf, sampleSize } from '../src/statistics/plan.ts'

test.each([
  [31, 400, 0.1, 0.1558],
  [40, 400, 0.1, 1],
  [5, 10, 0.5, 1],
  [0, 10, 0.5, 0.001953],
  [9, 10, 0.5, 0.02148],
  [0, 135, 0, 1],
  [1, 135, 0, 0],
  [135, 135, 1, 1],
])('%i of %i where %f is expected: p = %f', (k, n, p, expected) => {
  expect(pValue(k, n, p)).toBeCloseTo(expected, 3)
})

test.each([
  [40, 0.5],
  [97, 0.1],
  [500, 0.25],
])('the counts that a test of %i accepts are those whose p-value is not below its level', (n, p) => {
  for (const alpha of [0.05, 0.001]) {
    const [low, high] = accepted(n, p, alpha)
    for (let k = 0; k <= n; k++) expect(pValue(k, n, p) >= alpha, `${k} of ${n}`).toBe(k >= low && k <= high)
  }
})

test('a right mesh fails a test no more often than its level says', () => {
  for (const [n, p, alpha] of [
    [400, 0.1, 0.01],
    [5000, 0.5, 1e-4],
  ] as const)
    expect(power(n, p, p, alpha)).toBeLessThanOrEqual(alpha)
})

test('probabilities of all outcomes add up to 1', () => {
  let sum = 0
  for (let k = 0; k <= 3000; k++) sum += probability(k, 3000, 0.01)
  expect(sum).toBeCloseTo(1, 9)
})

test.each([
  { share: 50, deviation: 5 },
  { share: 10, deviation: 5 },
  { share: 1, deviation: 5 },
  { share: 0, deviation: 5 },
])('the sample size for $share % is enough to catch 5 points, and not much more than enough', (sampled) => {
  const alpha = falseAlarmBudget / 20
  const n = sampleSize(sampled, alpha)
  expect(powerOf(sampled, n, alpha)).toBeGreaterThanOrEqual(neededPower)
  expect(powerOf(sampled, Math.floor(n * 0.93), alpha)).toBeLessThan(neededPower)
})

test('5 points at 50 % take about 5,000 requests', () => {
  expect(sampleSize({ share: 50, deviation: 5 }, 5e-5)).toBeGreaterThan(4500)
  expect(sampleSize({ share: 50, deviation: 5 }, 5e-5)).toBeLessThan(5500)
})

test('the budget of a run is divided among all tests of its checks', () => {
  const test50 = { share: 50, deviation: 5 }
  expect(levelOf(0.001, [[test50], [test50, test50, test50]])).toBeCloseTo(0.00025, 12)
})

test('a check of several shares takes the sample that its hardest one needs', () => {
  const hard = { share: 50, deviation: 5 }
  expect(planOf([{ share: 1, deviation: 5 }, hard], 1e-4).n).toBe(planOf([hard], 1e-4).n)
})

test('a requested sample size is used, and its power is reported', () => {
  const plan = planOf([{ share: 50, deviation: 5 }], 1e-4, 200)
  expect(plan.n).toBe(200)
  expect(plan.power).toBeLessThan(0.1)
})
