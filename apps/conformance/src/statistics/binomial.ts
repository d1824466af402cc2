/** Exact two-sided tests of shares. */

const logFactorials = [0]

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i))
  return logFactorials[n]!
}

/** Probability of exactly `k` of `n` when each comes with probability `p`. */
export function probability(k: number, n: number, p: number): number {
  if (p === 0) return k === 0 ? 1 : 0
  if (p === 1) return k === n ? 1 : 0
  return Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p))
}

/** Equally likely outcomes differ only by rounding. */
const rounding = 1 + 1e-7

/**
 * Two-sided p-value of `k` in `n`: the probability of all outcomes that are at most as likely (R's binom.test).
 * @example pValue(31, 400, 0.1) // 0.156
 */
export function pValue(k: number, n: number, p: number): number {
  const seen = probability(k, n, p) * rounding
  let sum = 0
  for (let i = 0; i <= n; i++) {
    const one = probability(i, n, p)
    if (one <= seen) sum += one
  }
  return Math.min(1, sum)
}

/** Counts that a test at level `alpha` accepts: all from the first to the second, both included. */
export function accepted(n: number, p: number, alpha: number): readonly [number, number] {
  let [low, high] = [0, n]
  let outside = 0
  // From the tails inwards, the less likely side first: the order in which p-values grow.
  while (low < high) {
    const [left, right] = [probability(low, n, p), probability(high, n, p)]
    const next = Math.min(left, right)
    const both = Math.max(left, right) <= next * rounding
    outside += both ? left + right : next
    if (outside >= alpha) break
    if (both || left < right) low++
    if (both || right < left) high--
  }
  return [low, high]
}

/** Probability that a test of `p` at level `alpha` rejects when the truth is `actual`. */
export function power(n: number, p: number, actual: number, alpha: number): number {
  const [low, high] = accepted(n, p, alpha)
  let missed = 0
  for (let k = low; k <= high; k++) missed += probability(k, n, actual)
  return 1 - missed
}
