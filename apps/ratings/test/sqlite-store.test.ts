import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { sqliteStore } from '../src/sqlite-store.ts'
import { start } from './start.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const notSaved = { status: 500, body: { error: 'could not save ratings in database' } }
const unreachable = { status: 500, body: { error: 'could not connect to ratings database' } }

test('keeps what was posted, also for the next process', async () => {
  const path = join(folder, 'ratings.sqlite')
  const first = await start(sqliteStore(path))
  expect((await first.client.get('/ratings/3')).body).toEqual({ id: 3, ratings: { Reviewer1: 5, Reviewer2: 4 } })
  const posted = await first.client.post('/ratings/3').type('text').send('{"__proto__":3,"b":1}')
  expect(posted.text).toBe('{"id":3,"ratings":{"__proto__":3,"b":1}}')
  await first.client.post('/ratings/4').send({ a: 1 })
  await first.client.post('/ratings/4').send({ a: 2 })
  await first.app.close()
  const { client } = await start(sqliteStore(path))
  expect((await client.get('/ratings/3')).text).toBe('{"id":3,"ratings":{"__proto__":3,"b":1}}')
  expect((await client.get('/ratings/4')).body).toEqual({ id: 4, ratings: { a: 2 } })
})

test('two processes may share a file', async () => {
  const path = join(folder, 'ratings.sqlite')
  const one = await start(sqliteStore(path))
  const other = await start(sqliteStore(path))
  await one.client.post('/ratings/1').send({ a: 1 })
  expect((await other.client.get('/ratings/1')).body.ratings).toEqual({ a: 1 })
  await other.client.post('/ratings/1').send({ a: 2 })
  expect((await one.client.get('/ratings/1')).body.ratings).toEqual({ a: 2 })
})

test('a full disk refuses to save, and what is there stays readable', async () => {
  const path = join(folder, 'ratings.sqlite')
  const { client, log } = await start(sqliteStore(path, 256 * 1024))
  await client.post('/ratings/0').send({ a: 1 })
  let refused
  for (let id = 1; id < 20 && !refused; id++) {
    const { status, body } = await client.post(`/ratings/${id}`).send({ ['r'.repeat(60_000)]: 1 })
    if (status !== 200) refused = { status, body }
  }
  expect(refused).toEqual(notSaved)
  expect(log.join('')).toContain('database or disk is full')
  expect((await stat(path)).size).toBeLessThanOrEqual(256 * 1024)
  expect((await client.get('/ratings/0')).body.ratings).toEqual({ a: 1 })
  expect((await client.post('/ratings/0').send({ a: 2 })).status).toBe(200)
})

test('a read-only file refuses to save, and stays readable', async () => {
  const path = join(folder, 'ratings.sqlite')
  const writer = await start(sqliteStore(path))
  await writer.client.post('/ratings/1').send({ a: 1 })
  await writer.app.close()
  const { client, log } = await start(sqliteStore(`file:${path}?mode=ro`))
  expect((await client.get('/ratings/1')).body.ratings).toEqual({ a: 1 })
  const { status, body } = await client.post('/ratings/1').send({ a: 2 })
  expect({ status, body }).toEqual(notSaved)
  expect(log.join('')).toContain('readonly')
  expect((await client.get('/ratings/1')).body.ratings).toEqual({ a: 1 })
})

test('a folder that is not there is a clean error, until it is', async () => {
  const path = join(folder, 'later', 'ratings.sqlite')
  const { client } = await start(sqliteStore(path))
  const { status, body } = await client.get('/ratings/1')
  expect({ status, body }).toEqual(unreachable)
  expect((await client.post('/ratings/1').send({ a: 1 })).body).toEqual(unreachable.body)
  await mkdir(join(folder, 'later'))
  expect((await client.post('/ratings/1').send({ a: 1 })).status).toBe(200)
  expect(existsSync(path)).toBe(true)
})

test('a file that is not a database is a clean error', async () => {
  const path = join(folder, 'text')
  await writeFile(path, 'not a database, '.repeat(1000))
  const { client, log } = await start(sqliteStore(path))
  const { status, body } = await client.get('/ratings/1')
  expect({ status, body }).toEqual(unreachable)
  expect(log.join('')).toContain('file is not a database')
})

test('a row that holds no stars is a clean error', async () => {
  const path = join(folder, 'ratings.sqlite')
  const { client } = await start(sqliteStore(path))
  await client.post('/ratings/1').send({ a: 1 })
  const database = new DatabaseSync(path)
  database.exec(`UPDATE ratings SET stars = '{"a":9}'`)
  database.close()
  const { status, body } = await client.get('/ratings/1')
  expect({ status, body }).toEqual({ status: 500, body: { error: 'could not load ratings from database' } })
})

test('waits a moment for another writer, then says so', async () => {
  const path = join(folder, 'ratings.sqlite')
  const { client } = await start(sqliteStore(path))
  await client.post('/ratings/1').send({ a: 1 })
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const { status, body } = await client.post('/ratings/1').send({ a: 2 })
  expect({ status, body }).toEqual(notSaved)
  other.exec('COMMIT')
  other.close()
  expect((await client.post('/ratings/1').send({ a: 2 })).status).toBe(200)
})
