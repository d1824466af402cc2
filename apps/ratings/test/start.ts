/** Ratings as a server for supertest, and as a process for what only a process can show. */
import { createService } from '@bookinfo/service/create-service'
import supertest from 'supertest'
import { onTestFinished } from 'vitest'
import { ratings } from '../src/app.ts'
import { faultsOf, type Faults } from '../src/faults.ts'
import { memoryStore } from '../src/memory-store.ts'
import type { RatingStore } from '../src/rating-store.ts'

/** Lines that the service logs at level `warn` and above, and the service, closed with the test. */
export async function start(store: RatingStore = memoryStore(), faults: Faults = faultsOf('v1')) {
  const log: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void log.push(line) } }
  const app = await createService(ratings(store, faults), { name: 'ratings', version: 'v1', logger })
  await app.ready()
  onTestFinished(() => app.close())
  return { app, log, client: supertest(app.server) }
}
