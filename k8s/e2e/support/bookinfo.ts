/** Bookinfo as a browser sees it through the gateway, and checks that read like sentences. */
import { pValue } from '@bookinfo/tools/binomial'
import { expect } from 'vitest'
import { gateway } from './cluster.ts'
import { eventually, patience } from '@bookinfo/tools/eventually'

/** Chance of a false alarm in a whole run of these tests, 1 in 1,000, divided among at most 20 sampled shares. */
const falseAlarm = 0.001 / 20

export interface Answer {
  status: number
  text: string
  ms: number
}

/** GET by a new visitor, or by one who signed in. */
export async function get(path: string, { session = '', base = gateway() } = {}): Promise<Answer> {
  const start = performance.now()
  const response = await fetch(base + path, { headers: session ? { cookie: session } : {}, signal: AbortSignal.timeout(patience) })
  return { status: response.status, text: await response.text(), ms: performance.now() - start }
}

/** How long productpage waits for another service; milliseconds. */
export const giveUpMs = 3000

/** The page, asked for again where a service was waited for until productpage gave up: on a starved machine that may be none of the rules' work. */
export const pageInTime = (options: { session?: string; base?: string } = {}): Promise<Answer> =>
  eventually(async () => {
    const page = await get('/productpage', options)
    expect(page.ms).toBeLessThan(giveUpMs)
    return page
  })

/** The cookie of a visitor who signed in as `user`. */
export async function login(user: string, base = gateway()): Promise<string> {
  const body = new URLSearchParams({ username: user, passwd: 'any' })
  const response = await fetch(`${base}/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
  if (response.status !== 302 || !cookie) throw new Error(`sign-in answered ${response.status}`)
  return cookie
}

/** Version of reviews that answered one request: `v1`. @throws when reviews did not answer. */
export async function reviewsVersion(options: { session?: string; base?: string } = {}): Promise<string> {
  const { status, text } = await get('/api/v1/products/0/reviews', options)
  if (status !== 200) throw new Error(`reviews answered ${status}: ${text}`)
  return (JSON.parse(text) as { podname: string }).podname.match(/^reviews-(v\d)-/)?.[1] ?? text
}

/** How often each version of reviews answered `n` requests, one after the other. */
export async function count(n: number, options: { session?: string; base?: string } = {}): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < n; i += 1) {
    const version = await reviewsVersion(options)
    counts[version] = (counts[version] ?? 0) + 1
  }
  return counts
}

/** Waits until the rule that was just applied shows: 10 requests in a row are answered only by these versions, by each at least once. */
export async function settles(versions: readonly string[], options: { session?: string; base?: string; of?: number } = {}): Promise<void> {
  const { of = 10, ...rest } = options
  await eventually(async () => expect(Object.keys(await count(of, rest)).sort()).toEqual(versions))
}

/** The shares of the versions in percent, by one exact binomial test per version; versions that are not named must get nothing. */
export function shares(counts: Record<string, number>, expected: Record<string, number>): void {
  const n = Object.values(counts).reduce((sum, one) => sum + one, 0)
  expect(Object.keys(counts).sort()).toEqual(Object.keys(expected).sort())
  for (const [version, percent] of Object.entries(expected)) {
    const p = pValue(counts[version] ?? 0, n, percent / 100)
    expect(p, `${version}: ${counts[version]} of ${n}, where ${percent} % were asked for`).toBeGreaterThan(falseAlarm)
  }
}
