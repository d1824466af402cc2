/**
 * Every wrong mesh is found, by the checks that are about its fault, and checks about other things pass there: an eighth of them, in
 * turn, or all with FAULTS_AGAINST=all. FAULTS_AT_ONCE says how many meshes run at once.
 */
import { patience } from '@bookinfo/tools/eventually'
import { expect, test, vi } from 'vitest'
import { listFaults } from './support/meshes.ts'
import { atOnce, judge } from './support/seeded-faults.ts'

const against = process.env['FAULTS_AGAINST'] === 'all' ? 'all' : 'some'
vi.setConfig({ maxConcurrency: Number(process.env['FAULTS_AT_ONCE'] ?? atOnce), testTimeout: 60 * patience })
const faults = await listFaults()

test('there are at least 40 wrong meshes', () => {
  expect(faults.length).toBeGreaterThanOrEqual(40)
})

test.concurrent.each(faults.map((fault, index) => [fault.name, fault, index] as const))('%s', async (_name, fault, index) => {
  const { missed, astray, found } = await judge(fault, index, against)
  expect({ missed, astray, found }).toEqual({ missed: [], astray: [], found: [] })
})
