import { expect, test } from 'vitest'
import { answerOf } from '../src/answer.ts'
import { ok, received, refused, samePod, servedBy, shares, spreadOver, statusShares, tally, took } from '../src/checkers.ts'

const by = (version: string, status = 200) =>
  answerOf({ status, ms: 5, at: 0, servedBy: { service: 'reviews', version, pod: `reviews-${version}-a` } })
const none = answerOf({ status: 0, ms: 5, at: 0, error: 'timeout' })
const many = (version: string, count: number) => Array.from({ length: count }, () => by(version))
const plan = { n: 1000, alpha: 1e-4, power: 0.999 }

test('no answers at all pass nothing', () => {
  for (const checker of [ok(), servedBy('v1'), samePod(), spreadOver(1)]) expect(checker([], undefined)).toMatchObject({ pass: false })
})

test('one wrong answer among many fails', () => {
  expect(ok()([...many('v1', 99), by('v1', 503)], undefined)).toMatchObject({ pass: false, observed: '99 × 200, 1 × 503' })
  expect(servedBy('v1')([...many('v1', 99), by('v2')], undefined)).toMatchObject({ pass: false, observed: '99 × v1, 1 × v2' })
})

test('no answer is neither ok nor served by anybody', () => {
  expect(ok()([none], undefined)).toMatchObject({ pass: false, observed: 'no answer (timeout)' })
  expect(servedBy('v1')([none], undefined)).toMatchObject({ pass: false })
})

test('refused means that no workload answered', () => {
  expect(refused()([none], undefined)).toMatchObject({ pass: true })
  expect(refused()([by('v1')], undefined)).toMatchObject({ pass: false })
  expect(refused()([answerOf({ status: 403, ms: 1, at: 0 })], undefined)).toMatchObject({ pass: false })
})

test('shares within chance pass; shares that are off by 5 points do not', () => {
  expect(shares({ v1: 50, v2: 50 })([...many('v1', 480), ...many('v2', 520)], plan)).toMatchObject([{ pass: true }])
  const [finding] = [shares({ v1: 50, v2: 50 })([...many('v1', 2250), ...many('v2', 2750)], plan)].flat()
  expect(finding).toMatchObject({ pass: false, statistics: { n: 5000, count: 2250, share: 45, alpha: 1e-4 } })
  expect(finding?.statistics?.pValue).toBeLessThan(1e-4)
})

test('a single answer from elsewhere fails shares, and so does a failure', () => {
  const halves = [...many('v1', 500), ...many('v2', 500)]
  expect([shares({ v1: 50, v2: 50 })([...halves, by('v3')], plan)].flat().map(({ pass }) => pass)).toEqual([true, false])
  expect([shares({ v1: 50, v2: 50 })([...halves, none], plan)].flat().map(({ pass }) => pass)).toEqual([true, false])
})

test('three shares are three tests', () => {
  expect(shares({ v1: 60, v2: 30, v3: 10 })([...many('v1', 600), ...many('v2', 300), ...many('v3', 100)], plan)).toHaveLength(3)
})

test('a weight of 0 that gets one request fails', () => {
  expect(shares({ v1: 0, v2: 100 })([by('v1'), ...many('v2', 999)], plan)).toMatchObject([{ pass: false }])
})

test('shares of statuses count what has no answer as no answer', () => {
  expect([statusShares({ 200: 100 })([by('v1'), none], plan)].flat().at(-1)).toMatchObject({
    pass: false,
    observed: 'also no answer (timeout)',
  })
})

test('a check of shares that does not say what it samples is a mistake', () => {
  expect(() => shares({ v1: 100 })([by('v1')], undefined)).toThrow('sampled')
})

test('what a workload received is compared with all of its values', () => {
  const echo = { path: '/', host: 'reviews', method: 'GET', headers: { 'X-A': ['1', '2'] } }
  const answer = answerOf({ status: 200, ms: 1, at: 0, body: JSON.stringify(echo) })
  expect(received('x-a', '1,2')([answer], undefined)).toMatchObject({ pass: true })
  expect(received('x-a', '1')([answer], undefined)).toMatchObject({ pass: false, observed: '1,2' })
})

test('a time has to fit to both sides', () => {
  const after = (ms: number) => took(1000)([answerOf({ status: 200, ms, at: 0 })], undefined)
  expect([990, 1000, 1900].map(after)).toMatchObject([{ pass: true }, { pass: true }, { pass: true }])
  expect([500, 2100].map(after)).toMatchObject([{ pass: false }, { pass: false }])
})

test('a time that is over counts as right where others are as late', () => {
  const answer = answerOf({ status: 200, ms: 2100, at: 0, late: 150 })
  expect(took(1000)([answer], undefined)).toMatchObject({ pass: true, observed: '2100 ms where all are 150 ms late' })
  expect(took(1000)([{ ...answer, late: 50 }], undefined)).toMatchObject({ pass: false })
  expect(took(2500)([{ ...answer, late: 1000 }], undefined)).toMatchObject({ pass: false })
})

test('a tally of one is the thing itself', () => {
  expect([tally(['a']), tally(['a', 'b', 'a']), tally([])]).toEqual(['a', '2 × a, 1 × b', 'nothing'])
})
