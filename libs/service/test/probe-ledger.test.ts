import { expect, test } from 'vitest'
import { Ledger } from '../src/probe/ledger.ts'

const entry = { method: 'GET', path: '/', host: 'reviews' }

test('the oldest id is forgotten when there are too many', () => {
  const ledger = new Ledger({ ids: 2 })
  for (const id of ['a', 'b', 'c']) ledger.note(id, entry)
  expect(['a', 'b', 'c'].map((id) => ledger.of(id).count)).toEqual([0, 1, 1])
})

test('attempts beyond the limit are counted and not listed', () => {
  const ledger = new Ledger({ attemptsPerId: 2 })
  for (let i = 0; i < 5; i++) ledger.note('a', entry)
  expect(ledger.of('a')).toMatchObject({ count: 5, attempts: [entry, entry] })
})

test('an id is forgotten in time, and its count restarts', () => {
  let now = 0
  const ledger = new Ledger({ lifeMs: 1000 }, () => now)
  expect(ledger.note('a', entry)).toBe(1)
  now = 1000
  expect(ledger.note('a', entry)).toBe(2)
  now = 1001
  expect(ledger.of('a').count).toBe(0)
  expect(ledger.note('a', entry)).toBe(1)
})
