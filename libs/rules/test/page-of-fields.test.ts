import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fieldPage, pageFile } from '../src/field-page.ts'

test('docs/rules.md is what the schemas say; else: node libs/rules/src/field-page.ts', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(fieldPage())
})
