import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tableBelow } from '../src/markdown-tables.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tables-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function page(text: string): URL {
  const file = join(folder, 'page.md')
  writeFileSync(file, text)
  return pathToFileURL(file)
}

const variables = `# Page

## Other

| x | y |
|---|---|
| \`A\` | 9 |

## Environment

Words.

| Variable | Default |
|---|---|
| \`A\`, \`B\` | 1, 2 |
| \`C\` | none |

After.
`

test('the table is the one below its heading, without its head', () => {
  expect(tableBelow(page(variables), 'Environment')).toEqual([
    ['`A`, `B`', '1, 2'],
    ['`C`', 'none'],
  ])
})

test('a heading or a table that is not there is an error', () => {
  expect(() => tableBelow(page('# Page\n'), 'Environment')).toThrow('has no heading "Environment"')
  expect(() => tableBelow(page('# Environment\n\n# Next\n\n| a |\n|---|\n'), 'Environment')).toThrow('has no table below "Environment"')
})
