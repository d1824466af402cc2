import { withTables } from '@bookinfo/tools/environment-tables'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the table of variables in README is what the schema says; else: node tools/src/environment-tables.ts', async () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(readFileSync(readme, 'utf8')).toBe(await withTables(readme))
})
