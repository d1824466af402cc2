import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { MongoClient, type Collection } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  atOnce,
  expectPostRefused,
  expectRecoveryFromDeath,
  expectRecoveryFromFreeze,
  notLoaded,
  read,
  stars,
  type DatabaseServer,
} from './database-server.ts'
import { mongodbServer } from './mongodb-server.ts'

const main = join(import.meta.dirname, '../src/main.ts')
const script = join(import.meta.dirname, '../db/mongodb-init.js')

let database: DatabaseServer
let service: ServiceProcess

/** What `work` makes of the collection that ratings reads. */
async function withRatings<Result>(work: (ratings: Collection, client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(`mongodb://127.0.0.1:${database.port}`)
  try {
    return await work(client.db('test').collection('ratings'), client)
  } finally {
    await client.close()
  }
}

/** Runs the init script, with the part of mongosh's `db` that it uses. */
const initialise = () =>
  withRatings(async (_ratings, client) => {
    const db = { getSiblingDB: (name: string) => ({ getCollection: (collection: string) => client.db(name).collection(collection) }) }
    await runInNewContext(await readFile(script, 'utf8'), { db })
  })

beforeAll(async () => {
  database = await mongodbServer()
  await database.start()
})
afterAll(() => database.kill())
beforeEach(async () => {
  await withRatings((ratings) => ratings.deleteMany({}))
  await initialise()
  service = await startService(main, { SERVICE_VERSION: 'v2', MONGO_DB_URL: `mongodb://127.0.0.1:${database.port}/test` })
})
afterEach(async () => {
  await service.stop()
})

test('reads its two ratings, for whatever product', async () => {
  expect((await read(service)).answer).toEqual(stars(5, 4))
})

test('shows a rating that was changed', async () => {
  await read(service)
  await withRatings((ratings) => ratings.updateOne({ rating: 5 }, { $set: { rating: 1 } }))
  expect((await read(service)).answer).toEqual(stars(1, 4))
})

test('a missing document, and one without a rating, is 0', async () => {
  await withRatings((ratings) => ratings.deleteOne({ rating: 4 }))
  expect((await read(service)).answer).toEqual(stars(5, 0))
  await withRatings((ratings) => ratings.updateMany({}, { $unset: { rating: '' } }))
  expect((await read(service)).answer).toEqual(stars(0, 0))
  await withRatings((ratings) => ratings.deleteMany({}))
  expect((await read(service)).answer).toEqual(stars(0, 0))
})

test('a rating that is text is an error', async () => {
  await withRatings((ratings) => ratings.updateMany({}, { $set: { rating: '5' } }))
  expect((await read(service)).answer).toEqual(notLoaded)
})

test('refuses to POST', () => expectPostRefused(service))

test('ends with 0 while it is connected', async () => {
  await read(service)
  expect(await service.stop()).toBe(0)
})

test('a hundred requests at once are all answered', async () => {
  for (let turn = 0; turn < 5; turn++) expect((await atOnce(service, 100)).answer).toEqual([stars(5, 4)])
})

test('the database dies and comes back', () => expectRecoveryFromDeath(service, database, initialise))

test('the database freezes and thaws', () => expectRecoveryFromFreeze(service, database))
