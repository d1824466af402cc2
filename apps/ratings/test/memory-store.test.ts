import { expect, test } from 'vitest'
import { memoryStore } from '../src/memory-store.ts'
import { unrated } from '../src/rating-store.ts'

test('forgets what was saved longest ago once its limit is reached', async () => {
  // Two entries of `{"a":1}`: 2 × 7 bytes and 200 each.
  const store = memoryStore(430)
  await store.save(1, { a: 1 })
  await store.save(2, { a: 2 })
  await store.save(1, { a: 3 })
  await store.save(3, { a: 4 })
  expect(await store.find(1)).toEqual({ a: 3 })
  expect(await store.find(2)).toEqual(unrated)
  expect(await store.find(3)).toEqual({ a: 4 })
})

test('remembers 100,000 products of two reviewers', async () => {
  const store = memoryStore()
  for (let id = 0; id < 100_000; id++) await store.save(id, { Reviewer1: 1, Reviewer2: 2 })
  expect(await store.find(0)).toEqual({ Reviewer1: 1, Reviewer2: 2 })
})

test('takes no more memory for an endless stream of new products', async () => {
  const store = memoryStore(4 * 1024 * 1024)
  const largest = { ['r'.repeat(60_000)]: 1 }
  const before = process.memoryUsage().rss
  for (let id = 0; id < 20_000; id++) await store.save(id, largest)
  // All of them would be 1.2 GB.
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
  expect(await store.find(19_999)).toEqual(largest)
  expect(await store.find(0)).toEqual(unrated)
})

test('counts a replaced entry once', async () => {
  const store = memoryStore(430)
  await store.save(1, { a: 1 })
  for (let turn = 0; turn < 100; turn++) await store.save(2, { a: turn % 6 })
  expect(await store.find(1)).toEqual({ a: 1 })
})
