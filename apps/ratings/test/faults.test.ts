import { expect, test } from 'vitest'
import { faultsOf, type Chance } from '../src/faults.ts'
import { memoryStore } from '../src/memory-store.ts'
import { start } from './start.ts'

const fails = { status: 503, body: { error: 'Service unavailable' } }

/** A clock that is set by hand, dice that are thrown in advance, and a sleep that is only noted. */
function chanceOf(dice: number[] = []) {
  const state = { time: 1234, slept: [] as number[] }
  const chance: Chance = {
    random: () => dice.shift() ?? 0.5,
    now: () => state.time,
    sleep: async (ms) => void state.slept.push(ms),
  }
  return { state, chance }
}

const withFaults = (version: string, chance: Chance) => start(memoryStore(), faultsOf(version, chance))

test('v-faulty fails half of the requests, to read and to write', async () => {
  const { client } = await withFaults('v-faulty', chanceOf([0.49, 0.5, 0, 0.99]).chance)
  const { status, body } = await client.get('/ratings/1')
  expect({ status, body }).toEqual(fails)
  expect((await client.get('/ratings/1')).status).toBe(200)
  expect((await client.post('/ratings/1').send({ Reviewer1: 1 })).status).toBe(503)
  expect((await client.post('/ratings/1').send({ Reviewer1: 1 })).status).toBe(200)
})

test('v-faulty stays healthy, and still refuses what is wrong', async () => {
  const { client } = await withFaults('v-faulty', chanceOf([0, 0, 0]).chance)
  expect((await client.get('/health')).status).toBe(200)
  expect((await client.get('/ratings/abc')).status).toBe(400)
})

test('v-faulty fails about half with real dice', async () => {
  const faults = faultsOf('v-faulty')
  let failed = 0
  for (let turn = 0; turn < 10_000; turn++) await faults.strike(new AbortController().signal).catch(() => failed++)
  // Ten standard deviations: wrong by chance once in 10^22 runs.
  expect(failed).toBeGreaterThan(4500)
  expect(failed).toBeLessThan(5500)
})

test('v-delayed delays half of the requests by 7 s', async () => {
  const { state, chance } = chanceOf([0.49, 0.5])
  const { client } = await withFaults('v-delayed', chance)
  expect((await client.get('/ratings/1')).status).toBe(200)
  expect(state.slept).toEqual([7000])
  expect((await client.get('/ratings/1')).status).toBe(200)
  expect(state.slept).toEqual([7000])
})

test('v-delayed stops waiting when the caller has gone', async () => {
  const stopped = Promise.withResolvers<unknown>()
  const started = Promise.withResolvers<void>()
  const chance: Chance = {
    random: () => 0,
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.resolve(undefined)
          reject(signal.reason)
        })
        started.resolve()
      }),
  }
  const { app, log } = await withFaults('v-delayed', chance)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const caller = new AbortController()
  const answer = fetch(`${url}/ratings/1`, { signal: caller.signal })
  await started.promise
  caller.abort()
  await expect(answer).rejects.toThrow('aborted')
  await stopped.promise
  expect(log).toEqual([])
})

test('v-delayed delays a POST too, which is answered after its wait and not before', async () => {
  const { chance } = chanceOf([0])
  const asleep = Promise.withResolvers<number>()
  const awake = Promise.withResolvers<void>()
  const sleep: Chance['sleep'] = (ms) => {
    asleep.resolve(ms)
    return awake.promise
  }
  const { app } = await withFaults('v-delayed', { ...chance, sleep })
  let answered = false
  const answer = app.inject({ method: 'POST', url: '/ratings/1', payload: { Reviewer1: 3 } }).then((given) => {
    answered = true
    return given
  })
  expect([await asleep.promise, answered]).toEqual([7000, false])
  awake.resolve()
  expect((await answer).json()).toEqual({ id: 1, ratings: { Reviewer1: 3 } })
})

test('by default it throws real dice, and waits until its time is over or its caller gone', async () => {
  const caller = new AbortController()
  const spared: number[] = []
  const all = Array.from({ length: 60 }, (_, turn) =>
    faultsOf('v-delayed')
      .strike(caller.signal)
      .then(() => spared.push(turn)),
  )
  await new Promise((resolve) => setImmediate(resolve))
  // None or all of sixty by chance once in 10^17 runs.
  const atOnce = spared.length
  expect([atOnce > 0, atOnce < 60]).toEqual([true, true])
  caller.abort()
  const given = await Promise.allSettled(all)
  expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(atOnce)
})

test('v-unavailable serves for 60 s, fails for 60 s, and so on; its health does not change', async () => {
  const { state, chance } = chanceOf()
  const { client } = await withFaults('v-unavailable', chance)
  for (const [after, status] of [
    [0, 200],
    [59_999, 200],
    [60_000, 503],
    [119_999, 503],
    [120_000, 200],
    [180_000, 503],
  ] as const) {
    state.time = 1234 + after
    expect([after, (await client.get('/ratings/1')).status]).toEqual([after, status])
    expect((await client.get('/health')).status).toBe(200)
  }
})

test('v-unhealthy toggles every 15 minutes, its health with it', async () => {
  const { state, chance } = chanceOf()
  const { client } = await withFaults('v-unhealthy', chance)
  const minutes = 60_000
  for (const [after, healthy] of [
    [0, true],
    [15 * minutes - 1, true],
    [15 * minutes, false],
    [30 * minutes - 1, false],
    [30 * minutes, true],
  ] as const) {
    state.time = 1234 + after
    const health = await client.get('/health')
    const read = await client.get('/ratings/1')
    if (healthy) {
      expect({ status: health.status, body: health.body }).toEqual({ status: 200, body: { status: 'Ratings is healthy' } })
      expect(read.status).toBe(200)
    } else {
      expect({ status: health.status, body: health.body }).toEqual({ status: 500, body: { status: 'Ratings is not healthy' } })
      expect({ status: read.status, body: read.body }).toEqual(fails)
    }
  }
})

test.each(['v1', 'v2', 'v3', 'anything'])('%s has no faults', async (version) => {
  const { chance } = chanceOf([0, 0])
  const { client } = await withFaults(version, { ...chance, now: () => Math.random() * 1e9 })
  for (let turn = 0; turn < 20; turn++) expect((await client.get('/ratings/1')).status).toBe(200)
  expect((await client.get('/health')).status).toBe(200)
})
