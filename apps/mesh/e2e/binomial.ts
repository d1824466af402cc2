/** Exact two-sided binomial test: whether `successes` of `n` are likely enough at `share` (the error of saying no is at most `alpha`). */
export function binomialAccepts(successes: number, n: number, share: number, alpha: number): boolean {
  const observed = logProbability(successes, n, share)
  let tail = 0
  for (let k = 0; k <= n; k++) {
    const log = logProbability(k, n, share)
    if (log <= observed + 1e-7) tail += Math.exp(log)
  }
  return tail > alpha
}

function logProbability(k: number, n: number, p: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log(1 - p)
}

const factorials = [0]

function logFactorial(n: number): number {
  for (let i = factorials.length; i <= n; i++) factorials.push(factorials[i - 1]! + Math.log(i))
  return factorials[n]!
}
