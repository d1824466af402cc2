import { variableProblems } from '@bookinfo/tools/markdown-tables'
import { expect, test } from 'vitest'
import { Config } from '../src/config.ts'

test('README lists every variable with its default', () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(variableProblems(readme, 'Environment', Config.properties)).toEqual([])
})
