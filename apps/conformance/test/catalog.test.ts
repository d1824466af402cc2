/** Every check, as it stands in its folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { loadCatalog, missing, readRules } from '../src/catalog.ts'
import { checkTable, tableFile } from '../src/check-table.ts'

const catalog = await loadCatalog()
const folder = new URL('../checks/', import.meta.url)

test('there are at least 60 checks, and the Gateway API has its own forms', () => {
  expect(new Set(catalog.map(({ check }) => check)).size).toBeGreaterThanOrEqual(60)
  expect(catalog.filter(({ profile }) => profile === 'gateway-api').length).toBeGreaterThanOrEqual(20)
})

test('docs/conformance-checks.md is current: node src/check-table.ts writes it', () => {
  expect(readFileSync(tableFile, 'utf8')).toBe(checkTable(catalog))
})

test('the check of docs/conformance.md is the one that stands in its file', () => {
  const page = readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8')
  const [, file, source] = /`apps\/conformance\/checks\/([\w-]+\.ts)`:\n\n```ts\n([^]+?)```/.exec(page) ?? []
  expect(source).toBe(readFileSync(new URL(file!, folder), 'utf8'))
})

const ruleFiles = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

test.each(ruleFiles)('%s is valid YAML, belongs to a check, and takes nothing of the user away', (file) => {
  expect(catalog.map(({ check }) => check)).toContain(file.split('.', 1)[0])
  for (const document of parseAllDocuments(readRules(file))) {
    expect(document.errors).toEqual([])
    // The suite's own name.
    expect(document.getIn(['metadata', 'name'])).toMatch(/^conformance(-|$)/)
  }
})

test.each(catalog.map((each) => [each.name, each] as const))('%s says what it is about', (_name, { definition }) => {
  expect(definition.title).toMatch(/^\S.+[^.\s]$/)
  expect(definition.features.length).toBeGreaterThan(0)
})

test('a sampled check tests shares that deviate by 5 points, or by 10', () => {
  for (const { definition } of catalog) for (const { deviation } of definition.sampled ?? []) expect([5, 10]).toContain(deviation)
})

test('two checks of the same host share a key, checks of policies for all workloads run exclusively', () => {
  const keysOf = (wanted: string) => catalog.find(({ name }) => name === wanted)?.keys
  expect(keysOf('weights-50-50')).toEqual(['reviews'])
  expect(keysOf('weights-50-50@gateway-api')).toEqual(['reviews'])
  expect(keysOf('authorization-method')).toEqual(['ratings'])
  expect(keysOf('metrics')).toEqual(['*'])
  expect(keysOf('statuses-pass')).toEqual(['reviews'])
})

test('a check that asks a host shares its key too, whether its rules name it or not', () => {
  for (const { name, check, keys } of catalog) {
    if (keys.includes('*')) continue
    const source = readFileSync(new URL(`${check}.ts`, folder), 'utf8')
    const asked = [...source.matchAll(/\bto: '([a-z]+)/g)].flatMap(([, host]) => host ?? [])
    if (source.includes("path: '/productpage")) asked.push('details', 'reviews', 'ratings')
    expect({ name, missing: asked.filter((host) => !keys.includes(host)) }).toEqual({ name, missing: [] })
  }
})

test('a check that needs what the target lacks is unsupported, with its reason', () => {
  const each = catalog.find(({ name }) => name === 'access-log')!
  expect(missing(each, { 'access-log': 'no log here' })).toBe('no log here')
  expect(missing(each, {})).toBeUndefined()
})
