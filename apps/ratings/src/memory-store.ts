/** v1: stars in memory, lost with the process. */
import type { Stars } from '@bookinfo/contracts/bookinfo'
import { parseFlatObject } from './parse-flat-object.ts'
import { unrated, type RatingStore } from './rating-store.ts'

/** Bytes that one entry takes, about: its text at two bytes a character, and the map's own part. */
const cost = (text: string) => 2 * text.length + 200

/**
 * Keeps at most `limit` bytes (about). What was saved longest ago is forgotten first, so that an endless
 * stream of new products takes no more: 32 MB hold some 100,000 products of two reviewers.
 */
export function memoryStore(limit = 32 * 1024 * 1024): RatingStore {
  const texts = new Map<number, string>()
  let used = 0

  function forget(id: number) {
    const text = texts.get(id)
    if (text === undefined) return
    texts.delete(id)
    used -= cost(text)
  }

  return {
    async find(id) {
      const text = texts.get(id)
      return text === undefined ? unrated : (parseFlatObject(text) as Stars)
    },
    async save(id, stars) {
      forget(id)
      const text = JSON.stringify(stars)
      texts.set(id, text)
      used += cost(text)
      for (const oldest of texts.keys()) {
        if (used <= limit) break
        forget(oldest)
      }
    },
    async close() {},
  }
}
