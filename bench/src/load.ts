/** Load on one address: as many requests as `connections` can have under way, one at a time on each. */
import { Pool } from 'undici'

export interface Load {
  pages: number
  seconds: number
  /** Milliseconds. */
  p50: number
  p99: number
}

/** GETs `path` of `origin` for `ms` milliseconds, or until it was answered `pages` times. @throws on any answer but 200: a figure for errors would mean nothing. */
export async function load(
  origin: string,
  path: string,
  connections: number,
  { ms = Infinity, pages = Infinity }: { ms?: number; pages?: number },
): Promise<Load> {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const times: number[] = []
  const start = performance.now()
  const client = async () => {
    for (let now = performance.now(); now - start < ms && times.length < pages;) {
      const { statusCode, body } = await pool.request({ method: 'GET', path })
      await body.dump({ limit: 1_000_000 })
      if (statusCode !== 200) throw new Error(`${origin}${path} answered ${statusCode}`)
      const end = performance.now()
      times.push(end - now)
      now = end
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  const seconds = (performance.now() - start) / 1000
  await pool.close()
  times.sort((a, b) => a - b)
  return { pages: times.length, seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
