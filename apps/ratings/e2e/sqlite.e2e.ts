import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startService } from '@bookinfo/tools/service-process'
import { expect, onTestFinished, test } from 'vitest'

const main = join(import.meta.dirname, '../src/main.ts')

test('kill -9 under load loses nothing that was answered', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ratings-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const env = { DB_TYPE: 'sqlite', SQLITE_PATH: join(folder, 'ratings.sqlite') }
  const answered = new Map<number, number>()
  let id = 0

  for (let round = 0; round < 5; round++) {
    const service = await startService(main, env)
    const enough = Promise.withResolvers<void>()
    const before = answered.size
    const clients = Array.from({ length: 8 }, async () => {
      for (;;) {
        const mine = id++
        const body = JSON.stringify({ Reviewer1: mine % 6 })
        const response = await fetch(`${service.url}/ratings/${mine}`, { method: 'POST', body }).catch(() => undefined)
        if (response === undefined) return
        expect(response.status).toBe(200)
        answered.set(mine, mine % 6)
        if (answered.size - before === 100) enough.resolve()
      }
    })
    await enough.promise
    const gone = once(service.child, 'close')
    service.child.kill('SIGKILL')
    await gone
    await Promise.all(clients)
  }

  const service = await startService(main, env)
  expect(answered.size).toBeGreaterThanOrEqual(500)
  for (const [product, star] of answered) {
    const body: unknown = await (await fetch(`${service.url}/ratings/${product}`)).json()
    expect(body).toEqual({ id: product, ratings: { Reviewer1: star } })
  }
  expect(await service.stop()).toBe(0)
  const database = new DatabaseSync(env.SQLITE_PATH)
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
})
