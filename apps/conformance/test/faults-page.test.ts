/** The page of wrong meshes speaks of those that there are, and they name checks that there are. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { listFaults } from '../e2e/support/meshes.ts'
import { tableFile, tableOf } from '../e2e/support/fault-table.ts'
import { loadCatalog } from '../src/catalog.ts'

const faults = await listFaults()
const catalog = await loadCatalog()

test('docs/conformance-faults.md has a row for every wrong mesh, each killed', () => {
  const rows = readFileSync(tableFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ['))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows.map(([, link, title]) => [/\[([^\]]+)/.exec(link!)?.[1], title])).toEqual(faults.map(({ name, title }) => [name, title]))
  for (const [i, [, , , killedBy = '']] of rows.entries()) {
    const checks = killedBy.split(', ').map((name) => name.replace('@gateway-api', ''))
    expect({ fault: faults[i]!.name, killedBy: [...new Set(checks)].toSorted() }).toEqual({
      fault: faults[i]!.name,
      killedBy: faults[i]!.kills.toSorted(),
    })
  }
})

test('a wrong mesh names checks and features that exist', () => {
  const checks = new Set(catalog.map(({ check }) => check))
  const features = new Set(catalog.flatMap(({ definition }) => definition.features))
  for (const { name, kills, touches } of faults) {
    expect({ name, unknown: kills.filter((check) => !checks.has(check)) }).toEqual({ name, unknown: [] })
    expect({ name, unknown: touches.filter((feature) => !features.has(feature)) }).toEqual({ name, unknown: [] })
    expect(kills.length).toBeGreaterThan(0)
  }
})

test('a wrong mesh that is missed, or found by a check about something else, stands out in the table', () => {
  const fault = { name: 'weights-off', title: 'Weights are off', kills: ['weights'], touches: ['Weights'] }
  const verdict = { fault, killedBy: [], touched: [], ran: 10, found: [] }
  const table = tableOf([{ ...verdict, missed: ['weights'], astray: ['mirror'] }])
  expect(table).toContain('Killed 0 of 1')
  expect(table).toContain('| **missed by weights, mirror went astray** |')
})
