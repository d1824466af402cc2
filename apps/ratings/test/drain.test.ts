import { fileURLToPath } from 'node:url'
import { drainUnderLoad } from '@bookinfo/tools/drain-check'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('stopped under load, ratings answers every request and exits 0', async () => {
  const { answered, lost, exitCode, answeredWhileDraining } = await drainUnderLoad(main, '/ratings/0')
  expect(lost).toEqual([])
  expect(exitCode).toBe(0)
  expect(answered).toBeGreaterThanOrEqual(200)
  expect(answeredWhileDraining).toBeGreaterThan(0)
})
