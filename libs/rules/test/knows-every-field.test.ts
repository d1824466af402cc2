import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fieldTable, kinds } from '../src/kinds.ts'

const table = fieldTable()

test('every kind has rows, supported ones and refused ones with a reason', () => {
  for (const { kind, group } of kinds)
    expect(table.filter((row) => row.kind === kind && row.group === group && row.refused === undefined).length).toBeGreaterThan(0)
  for (const { refused } of table) expect(refused === undefined || refused.length > 10).toBe(true)
})

test('the table knows where a field stands', () => {
  const find = (kind: string, path: string) => table.find((row) => row.kind === kind && row.path === path)
  expect(find('VirtualService', 'spec.http[].match[].uri.prefix')).toEqual({
    kind: 'VirtualService',
    group: 'networking.istio.io',
    path: 'spec.http[].match[].uri.prefix',
    type: 'string',
  })
  expect(find('VirtualService', 'spec.http[].fault.abort.grpcStatus')?.refused).toContain('gRPC')
  expect(find('DestinationRule', 'spec.trafficPolicy.loadBalancer.simple = PASSTHROUGH')?.refused).toContain('address')
})

// A field without a test would be a field that nobody has seen work: its name must stand in a test on decisions.
const tests = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith('refuses') && !name.startsWith('knows'))
  .map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
  .join('\n')
const names = new Set(
  table.flatMap(({ path, refused }) =>
    refused === undefined
      ? [
          path
            .replaceAll(/\[\]|\.\*/g, '')
            .split('.')
            .at(-1)!,
        ]
      : [],
  ),
)

test.each([...names])('%s stands in a test', (name) => {
  expect(tests).toMatch(new RegExp(`\\b${name}\\b`))
})
