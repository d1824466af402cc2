import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { patience } from '@bookinfo/tools/eventually'
import { expect, test } from 'vitest'
import { withTables } from '@bookinfo/tools/environment-tables'
import { readFileSync } from 'node:fs'
import { startService } from '@bookinfo/tools/service-process'
import { knownEnv } from '@bookinfo/tools/known-env'

const main = join(import.meta.dirname, '../src/main.ts')

/** Exit code and stderr of ratings with `env`. */
const refused = (env: Record<string, string>) =>
  new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const options = { env: knownEnv({ HOST: '127.0.0.1', PORT: '0', ...env }), timeout: patience }
    execFile(process.execPath, [main], options, (error, _stdout, stderr) => resolve({ code: error?.code, stderr }))
  })

test.each([
  [{ DB_TYPE: 'oracle' }, 'ratings: DB_TYPE is "oracle": expected mongodb or mysql (read by v2), or sqlite (any version)\n'],
  [{ MYSQL_DB_PORT: '0' }, 'ratings: MYSQL_DB_PORT is "0": expected a port from 1 to 65535\n'],
  [
    { MONGO_DB_URL: 'http://user:s3cret@mongodb' },
    'ratings: MONGO_DB_URL (value not shown): expected an address such as mongodb://mongodb:27017/test\n',
  ],
  [
    { SERVICE_VERSION: 'v2', MONGO_DB_URL: 'mongodb://user:s3@cret@mongodb' },
    'ratings: MONGO_DB_URL (value not shown): expected an address such as mongodb://mongodb:27017/test\n',
  ],
])('%j ends the process with one line', async (env, line) => {
  const { code, stderr } = await refused(env)
  expect({ code, stderr }).toEqual({ code: 1, stderr: line })
})

test.each([
  ['v1', { SERVICE_VERSION: 'v1', DB_TYPE: 'mysql' }, 200],
  ['v2 on MongoDB by default', { SERVICE_VERSION: 'v2', MONGO_DB_URL: 'mongodb://127.0.0.1:1/test' }, 500],
  ['v2 on MySQL', { SERVICE_VERSION: 'v2', DB_TYPE: 'mysql', MYSQL_DB_HOST: '127.0.0.1', MYSQL_DB_PORT: '1' }, 500],
])('%s starts without its database', async (_what, env, status) => {
  const service = await startService(main, env)
  const response = await fetch(`${service.url}/ratings/1`)
  expect(response.status).toBe(status)
  expect(await service.stop()).toBe(0)
})

test('the table of variables in README is what the schema says; else: node tools/src/environment-tables.ts', async () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(readFileSync(readme, 'utf8')).toBe(await withTables(readme))
})
