/** Exact tests of shares: no "roughly". (The conformance suite has its own: it shares no code with what it judges.) */

const logFactorials = [0]
function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i += 1) logFactorials.push((logFactorials[i - 1] ?? 0) + Math.log(i))
  return logFactorials[n] ?? 0
}

/** Probability of exactly `k` of `n` when each has probability `p`, 0 < p < 1. */
function probability(k: number, n: number, p: number): number {
  return Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p))
}

/**
 * Two-sided p-value of seeing `k` of `n`: the probability of all outcomes that are at most as likely as that one (as R's binom.test).
 * @example pValue(31, 400, 0.1) // 0.155…
 */
export function pValue(k: number, n: number, p: number): number {
  const seen = probability(k, n, p) * (1 + 1e-7)
  let sum = 0
  for (let i = 0; i <= n; i += 1) {
    const one = probability(i, n, p)
    if (one <= seen) sum += one
  }
  return Math.min(1, sum)
}
