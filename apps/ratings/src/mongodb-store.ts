/** v2 on MongoDB: the documents of collection `ratings` in database `test`, a `rating` each. */
import { ConfigError } from '@bookinfo/contracts/environment'
import { MongoClient, MongoServerError } from 'mongodb'
import { databaseError, databaseTimeout, refuseToSave, starsOfRows, type RatingStore } from './rating-store.ts'

/** Connects with the first request, and again whenever the database comes back. @throws ConfigError for an address that is none. */
export function mongodbStore(url: string, limitMs = databaseTimeout): RatingStore {
  const client = clientOf(url, limitMs)
  const ratings = client.db('test').collection('ratings')

  async function find() {
    try {
      // In the order in which they were inserted, also after updates.
      return await ratings
        .find({}, { projection: { rating: 1 } })
        .sort({ _id: 1 })
        .limit(2)
        .toArray()
    } catch (error) {
      throw databaseError(error instanceof MongoServerError ? 'RATINGS_NOT_LOADED' : 'RATINGS_DATABASE_UNREACHABLE', error)
    }
  }

  return {
    find: async () => starsOfRows((await find()).map((document): unknown => document['rating'])),
    save: refuseToSave,
    close: () => client.close(),
  }
}

function clientOf(url: string, limitMs: number): MongoClient {
  try {
    return new MongoClient(url, {
      maxPoolSize: 10,
      connectTimeoutMS: limitMs,
      serverSelectionTimeoutMS: limitMs,
      waitQueueTimeoutMS: limitMs,
      socketTimeoutMS: limitMs,
      // A second try would double the time until the caller learns that there is no answer.
      retryReads: false,
    })
  } catch {
    // The driver's message repeats the address, and with it the password.
    throw new ConfigError('MONGO_DB_URL (value not shown): expected an address such as mongodb://mongodb:27017/test')
  }
}
