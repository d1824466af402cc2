/** The judge of shares is judged first: values of R's binom.test. */
import { expect, test } from 'vitest'
import { pValue } from '../src/binomial.ts'

test.each([
  [31, 400, 0.1, 0.1558],
  [40, 400, 0.1, 1],
  [5, 10, 0.5, 1],
  [0, 10, 0.5, 0.001953],
  [9, 10, 0.5, 0.02148],
])('%i of %i where %f is expected: p = %f', (k, n, p, expected) => {
  expect(pValue(k, n, p)).toBeCloseTo(expected, 3)
})

test('10 percent where 20 were asked for is found', () => {
  expect(pValue(50, 500, 0.2)).toBeLessThan(1e-6)
})
