/** The embedded store: stars in one SQLite file, on the disk before a POST is answered. */
import { DatabaseSync } from 'node:sqlite'
import { parseFlatObject } from './parse-flat-object.ts'
import { databaseError, isStars, unrated, type RatingStore } from './rating-store.ts'

const pageSize = 4096

/**
 * Keeps stars in the file `path`, made at the first request where there is none; at most `limit` bytes of it.
 * A file that cannot be opened is tried again with each request.
 */
export function sqliteStore(path: string, limit = 256 * 1024 * 1024): RatingStore {
  let opened: ReturnType<typeof open> | undefined

  function statements() {
    try {
      return (opened ??= open(path, limit))
    } catch (error) {
      throw databaseError('RATINGS_DATABASE_UNREACHABLE', error)
    }
  }

  return {
    async find(id) {
      const { find } = statements()
      try {
        const row = find.get(id)
        const stars: unknown = row === undefined ? unrated : parseFlatObject(String(row['stars']))
        if (!isStars(stars)) throw new Error(`row ${id} holds no stars`)
        return stars
      } catch (error) {
        throw databaseError('RATINGS_NOT_LOADED', error)
      }
    },
    async save(id, stars) {
      const { save } = statements()
      try {
        save.run(id, JSON.stringify(stars))
      } catch (error) {
        throw databaseError('RATINGS_NOT_SAVED', error)
      }
    },
    async close() {
      opened?.database.close()
    },
  }
}

function open(path: string, limit: number) {
  const database = new DatabaseSync(path, { timeout: 1000 })
  try {
    // A rollback journal, not a write-ahead log: that could not be read from a read-only disk.
    database.exec(`
      PRAGMA page_size = ${pageSize};
      PRAGMA max_page_count = ${Math.ceil(limit / pageSize)};
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS ratings (product INTEGER PRIMARY KEY, stars TEXT NOT NULL) STRICT;
    `)
    return {
      database,
      find: database.prepare('SELECT stars FROM ratings WHERE product = ?'),
      save: database.prepare('INSERT INTO ratings VALUES (?, ?) ON CONFLICT (product) DO UPDATE SET stars = excluded.stars'),
    }
  } catch (error) {
    database.close()
    throw error
  }
}
