import { expect, test } from 'vitest'
import { fieldTable, kinds } from '../src/manifests/kinds.ts'
import { pathsOf, problemsOf } from './fields/field-case.ts'
import { everyKind } from './fields/every-kind.ts'

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
  expect(find('VirtualService', 'spec.http[].fault.abort.http2Error')?.refused).toContain('Istio')
  expect(find('DestinationRule', 'spec.trafficPolicy.loadBalancer.simple = PASSTHROUGH')?.refused).toContain('address')
})

test.each(everyKind)('every field of $kind $group does what its case says', async ({ cases, ...subject }) => {
  const rows = table.filter((row) => row.kind === subject.kind && row.group === subject.group && row.refused === undefined)
  const short = (path: string) => (subject.flat ? path : path.replace(/^spec\./, ''))
  const typeOf = (path: string) => rows.find((row) => short(row.path) === path)?.type ?? ''
  const problems: string[] = []
  for (const each of cases) problems.push(...(await problemsOf(each, subject, typeOf)))

  const known = new Set(cases.flatMap((each) => [...pathsOf(each)]))
  const ignored = new Set(cases.flatMap((each) => each.ignored ?? []))
  for (const row of rows) {
    const path = short(row.path)
    if (!known.has(path)) problems.push(`${path}: has no case`)
    if (ignored.has(path) !== (row.ignored !== undefined)) problems.push(`${path}: the table says ${row.ignored ?? 'supported'}`)
  }
  for (const path of known) if (typeOf(path) === '') problems.push(`${path}: is not in the table`)
  expect(problems).toEqual([])
})
