/** Every wrong mesh is found, by the checks that are about its fault, and checks about other things pass there. */
import { expect, test } from 'vitest'
import { judge } from './support/seeded-faults.ts'
import { listFaults } from './support/meshes.ts'

const faults = await listFaults()

test('there are at least 40 wrong meshes', () => {
  expect(faults.length).toBeGreaterThanOrEqual(40)
})

// On each one run the checks that must find it, and an eighth of those about other things, in turn: all of them on all take hours
// (seeded-faults.ts --every).
test.each(faults.map((fault, index) => [fault.name, fault, index] as const))('%s', async (_name, fault, index) => {
  const { missed, astray } = await judge(fault, index, false)
  expect({ missed, astray }).toEqual({ missed: [], astray: [] })
})
