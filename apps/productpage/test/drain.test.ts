import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drainUnderLoad } from '@bookinfo/tools/drain-check'

test('SIGTERM under load loses no request', async () => {
  const { answered, answeredWhileDraining, lost, exitCode } = await drainUnderLoad(
    join(import.meta.dirname, '../src/main.ts'),
    '/api/v1/products',
  )
  expect(lost).toEqual([])
  expect(answered).toBeGreaterThanOrEqual(200)
  expect(answeredWhileDraining).toBeGreaterThan(0)
  expect(exitCode).toBe(0)
})
