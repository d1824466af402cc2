import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { createConnection } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { atOnce, expectPostRefused, expectRecoveryFromDeath, expectRecoveryFromFreeze, notLoaded, read, stars } from './database-server.ts'
import { mariadbServer } from './mariadb-server.ts'

const main = join(import.meta.dirname, '../src/main.ts')
const password = 'not-to-be-seen'

let database: Awaited<ReturnType<typeof mariadbServer>>
let service: ServiceProcess

/** Runs `statements` as the database's root. */
async function sql(statements: string): Promise<unknown> {
  const connection = await createConnection({ socketPath: database.socket, user: 'root', multipleStatements: true })
  const [rows] = await connection.query(statements)
  await connection.end()
  return rows
}

const initialise = async () => sql(await readFile(join(import.meta.dirname, '../db/mysqldb-init.sql'), 'utf8'))

const startRatings = (env: Record<string, string> = {}) =>
  startService(main, {
    SERVICE_VERSION: 'v2',
    DB_TYPE: 'mysql',
    MYSQL_DB_HOST: '127.0.0.1',
    MYSQL_DB_PORT: String(database.port),
    MYSQL_DB_USER: 'bookinfo',
    MYSQL_DB_PASSWORD: password,
    ...env,
  })

beforeAll(async () => {
  database = await mariadbServer()
  await database.start()
  await sql(`CREATE USER bookinfo IDENTIFIED BY '${password}'; GRANT SELECT ON test.* TO bookinfo`)
})
afterAll(async () => {
  await database.kill()
  await database.remove()
})
beforeEach(async () => {
  await sql('DROP DATABASE IF EXISTS test')
  await initialise()
  service = await startRatings()
})
afterEach(async () => {
  await service.stop()
})

test('reads its two ratings, for whatever product', async () => {
  expect((await read(service)).answer).toEqual(stars(5, 4))
})

test('shows a rating that was changed', async () => {
  await read(service)
  await sql('UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 1')
  expect((await read(service)).answer).toEqual(stars(1, 4))
})

test('the init script changes nothing when it runs again', async () => {
  await sql('UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 1')
  await initialise()
  expect((await read(service)).answer).toEqual(stars(1, 4))
})

test('a missing row, and one without a rating, is 0', async () => {
  await sql('DELETE FROM test.ratings WHERE ReviewID = 2')
  expect((await read(service)).answer).toEqual(stars(5, 0))
  await sql('UPDATE test.ratings SET Rating = NULL')
  expect((await read(service)).answer).toEqual(stars(0, 0))
  await sql('DELETE FROM test.ratings')
  expect((await read(service)).answer).toEqual(stars(0, 0))
})

test('a rating of 9, and a missing table, is an error', async () => {
  await sql('UPDATE test.ratings SET Rating = 9')
  expect((await read(service)).answer).toEqual(notLoaded)
  await sql('DROP TABLE test.ratings')
  expect((await read(service)).answer).toEqual(notLoaded)
  await expect.poll(service.output).toContain('ER_NO_SUCH_TABLE')
  await initialise()
  expect((await read(service)).answer).toEqual(stars(5, 4))
})

test('refuses to POST', () => expectPostRefused(service))

test('ends with 0 while it is connected', async () => {
  await read(service)
  expect(await service.stop()).toBe(0)
})

test('a wrong password is an error that does not show it', async () => {
  const wrong = await startRatings({ MYSQL_DB_PASSWORD: 'wr0ng-one' })
  onTestFinished(async () => void (await wrong.stop()))
  expect((await read(wrong)).answer).toEqual({ status: 500, body: { error: 'could not connect to ratings database' } })
  await expect.poll(wrong.output).toContain('ER_ACCESS_DENIED_ERROR')
  expect(wrong.output()).not.toContain('wr0ng-one')
})

test('a hundred requests at once share ten connections', async () => {
  for (let turn = 0; turn < 5; turn++) expect((await atOnce(service, 100)).answer).toEqual([stars(5, 4)])
  const [row] = (await sql("SELECT COUNT(*) AS count FROM information_schema.processlist WHERE user = 'bookinfo'")) as { count: number }[]
  expect(row?.count).toBeGreaterThan(0)
  expect(row?.count).toBeLessThanOrEqual(10)
})

test('the database dies and comes back', () => expectRecoveryFromDeath(service, database))

test('the database freezes and thaws', () => expectRecoveryFromFreeze(service, database))
