import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fieldPage, pageFile } from '../scripts/field-page.ts'

test('docs/rules.md is what the schemas say; else: node libs/rules/scripts/field-page.ts', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(fieldPage())
})
